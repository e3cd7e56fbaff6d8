/** What operators and metrics are told about the clients. */
import type { Channel } from './channels.ts'
import type { DoorKind } from './handshake.ts'
import type { Session, SessionLimits } from './session.ts'
import type { Counts, Tally, Totals } from './tally.ts'

/** The limits each client has. */
export type ClientLimits = SessionLimits & { /** Subscriptions of one client. */ maxSubscriptions: number }

/** What an operator is told of the clients (surface §5). */
export interface Clients {
  clientCount: number
  /** Channels by client. */
  subscriptions: Record<string, string[]>
  limits: ClientLimits
  /** What was not sent, and who was not served, since the process started. */
  drops: { conflated: number; serverBusy: number; rateLimited: number }
  /** Each client: its door, what waits for it, what it acknowledged and how far that is behind. */
  clients: Record<string, object>
}

/** Plain numbers: what there is now, and totals since the process started. */
export interface HubMetrics extends Totals {
  connections: Record<DoorKind, number>
  /** By channel. */
  subscriptions: Counts
}

type Sessions = ReadonlyMap<string, Session>

export function clientsOf(sessions: Sessions, limits: ClientLimits, tally: Tally, height: number): Clients {
  const { maxMessagesPerSecond, maxBufferedBytes, maxSubscriptions } = limits
  const each = <T>(tell: (session: Session) => T): Record<string, T> =>
    Object.fromEntries([...sessions].map(([id, session]) => [id, tell(session)]))
  return {
    clientCount: sessions.size,
    subscriptions: each((session) => session.channels()),
    limits: { maxMessagesPerSecond, maxBufferedBytes, maxSubscriptions },
    drops: {
      conflated: sum(Object.values(tally.framesConflated)),
      serverBusy: sum(Object.values(tally.connectionsClosed).map((reasons) => reasons['server_busy'] ?? 0)),
      rateLimited: tally.rateLimited,
    },
    clients: each((session) => session.describe(height)),
  }
}

export function metricsOf(sessions: Sessions, channels: ReadonlyMap<string, Channel>, tally: Tally): HubMetrics {
  const connections: Record<DoorKind, number> = { websocket: 0, 'socket.io': 0 }
  const subscriptions: Counts = Object.fromEntries([...channels.keys()].map((name) => [name, 0]))
  for (const { door, subscriptions: own } of sessions.values()) {
    connections[door.handshake.door] += 1
    for (const { channel } of own.values()) subscriptions[channel.name] = (subscriptions[channel.name] ?? 0) + 1
  }
  return { connections, subscriptions, ...tally.totals() }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, n) => all + n, 0)
}
