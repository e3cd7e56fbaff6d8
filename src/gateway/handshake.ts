/** What a client showed when it came in, and what an owner of the house may decide by it. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** The two doors: plain WebSocket, and socket.io. */
export type DoorKind = 'websocket' | 'socket.io'

export interface Handshake {
  door: DoorKind
  /** The address of the client; behind proxies what they say, see `control.trustProxy`. */
  ip: string
  /** All of the request's where somebody decides by them ({@link Authorize}); else `authorization` alone. */
  headers: IncomingHttpHeaders
  /** Path and query of the request. */
  url: string
  /** What a socket.io client gave as `auth`; empty at the other door. */
  auth: Readonly<Record<string, unknown>>
}

const NOTHING = {}

/** True: yes. False: no. Text: no, and this is what the client is told. */
export type Verdict = boolean | string

/**
 * Decides whether a client may subscribe. Until it has answered, nothing is sent and the client's next messages wait.
 * What it throws, or no answer within 10 s, is a no.
 */
export type Authorize = (
  subscription: { channel: string; address: string | undefined },
  handshake: Handshake,
) => Verdict | Promise<Verdict>

/** What is kept of a request for as long as its connection lives. */
export function handshakeOf(
  door: DoorKind,
  ip: string,
  request: IncomingMessage,
  { auth, whole }: { auth?: unknown /** All headers. */; whole: boolean },
): Handshake {
  const known = typeof auth === 'object' && auth !== null ? (auth as Record<string, unknown>) : NOTHING
  const { headers, url = '' } = request
  return { door, ip, headers: whole ? headers : tokenAlone(headers), url, auth: known }
}

function tokenAlone({ authorization }: IncomingHttpHeaders): IncomingHttpHeaders {
  return authorization === undefined ? NOTHING : { authorization }
}

/** The token a client came with: `Authorization: Bearer …`, or socket.io's `auth.token`. */
export function tokenOf({ headers, auth }: Handshake): string | undefined {
  const [, bearer] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
  return bearer ?? (typeof auth['token'] === 'string' ? auth['token'] : undefined)
}
