/** What a client showed when it came in, and what an owner of the house may decide by it. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** The two doors: plain WebSocket, and socket.io. */
export type DoorKind = 'websocket' | 'socket.io'

export interface Handshake {
  door: DoorKind
  /** The address of the client; behind proxies what they say, see `control.trustProxy`. */
  ip: string
  headers: IncomingHttpHeaders
  /** Path and query of the request. */
  url: string
  /** What a socket.io client gave as `auth`; empty at the other door. */
  auth: Readonly<Record<string, unknown>>
}

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

export function handshakeOf(door: DoorKind, ip: string, request: IncomingMessage, auth?: unknown): Handshake {
  const known = typeof auth === 'object' && auth !== null ? (auth as Record<string, unknown>) : {}
  const { headers, url = '' } = request
  return { door, ip, headers, url, auth: known }
}

/** The token a client came with: `Authorization: Bearer …`, or socket.io's `auth.token`. */
export function tokenOf({ headers, auth }: Handshake): string | undefined {
  const [, bearer] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
  return bearer ?? (typeof auth['token'] === 'string' ? auth['token'] : undefined)
}
