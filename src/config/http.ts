/** What both HTTP servers of the house have: how patient they are, and what their answers forbid a browser. */

/**
 * How long a client may take, ms: for the headers of a request, for all of it, and between two on one connection. Node
 * looks only every `connectionsCheckingInterval`, 30 s unless told.
 */
export type Patience = Record<
  'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout' | 'connectionsCheckingInterval',
  number
>

export const PATIENCE: Patience = {
  ...{ headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 },
  connectionsCheckingInterval: 2_500,
}

/** Headers of every answer: what is answered is data, so a browser may run, load and frame nothing of it. */
export const STRICT_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin', // pages that are let in ask by CORS, which this does not touch
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}
