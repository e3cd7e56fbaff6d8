/** Settings as they may be shown: a URL's credentials, path and query are keys more often than not. */
import { maskUrl } from '../telemetry/mask.ts'
import type { SeicheConfig } from './schema.ts'

export { maskUrl }

/** Names of settings whose value is never shown. */
export const SECRET: RegExp = /^(tokens?|headers)$/

const HIDDEN = '***'

/** A copy of the configuration for people: URLs as scheme and host, no secrets. */
export function maskConfig({ chain, admin, ...config }: SeicheConfig): object {
  const endpoints = chain.endpoints.map(({ url, headers, ...endpoint }) => ({
    url: maskUrl(url),
    ...(headers ? { headers: HIDDEN } : {}),
    ...endpoint,
  }))
  const { token, tokens } = admin
  const secrets = { ...(token ? { token: HIDDEN } : {}), ...(tokens.length ? { tokens: HIDDEN } : {}) }
  return { chain: { ...chain, endpoints }, ...config, admin: secrets }
}
