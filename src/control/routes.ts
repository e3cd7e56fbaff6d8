/** The REST routes of surface §5 that read: status, health, events, transactions, actors. */
import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import type { CommittedEvent } from '../events/types.ts'
import type { LogReader } from '../store/types.ts'
import { type ActorRoutes, actorRoutes } from './actors.ts'
import { now, succeed } from './envelope.ts'
import { readHash, readQuery } from './query.ts'
import { repairRoutes } from './repairs.ts'
import type { TxLookup } from './tx-lookup.ts'
import type { Vitals } from './vitals.ts'

/** What the routes read. */
export interface ControlDeps {
  vitals: Vitals
  reader: LogReader
  lookup: TxLookup
  actors: ActorRoutes['actors']
  /** Prefix of account addresses, when it is known. */
  prefix: string | undefined
  /** Told of what an operator did. */
  audit(line: object): void
}

export const PREFIX = '/api/realtime'

/** More than a block's gas allows. */
const EVENTS_OF_A_TX = 10_000

/** `admin` lets operators through, to what changes something. */
export function routes({ vitals, reader, lookup, actors, prefix, audit }: ControlDeps, admin: Middleware): Router {
  const router = new Router({ prefix: PREFIX })

  router.get('/status', (context) => succeed(context, { status: vitals.status() }))

  router.get('/health', (context) => {
    const health = vitals.health()
    if (health.healthy) return succeed(context, { health })
    context.status = 503
    context.set('Retry-After', '5')
    const error = { code: health.code, message: health.message, requestId: context.state.requestId }
    context.body = { ok: false, timestamp: now(), error, health }
  })

  router.get('/events', (context) => {
    const query = readQuery(context.query, prefix)
    const found = reader.events({ ...query, limit: query.limit + 1 }) // one more tells whether this is the end
    const events = found.slice(0, query.limit)
    const next = found.length > events.length ? (events.at(-1)?.id ?? null) : null
    succeedWithEvents(context, events, { count: events.length, next })
  })

  router.get('/tx/:hash', async (context) => {
    const txHash = readHash(context.params.hash)
    const events = reader.events({ order: 'asc', limit: EVENTS_OF_A_TX, txHash })
    const state = events.length ? 'indexed' : await lookup.state(txHash)
    succeedWithEvents(context, events, { state })
  })

  actorRoutes(router, { actors, admin, audit })
  repairRoutes(router, reader)

  return router
}

/** The stored texts go into the answer as they are: parsing them to write them again is what a log is not for. */
function succeedWithEvents(context: Context, events: readonly CommittedEvent[], rest: object): void {
  const head = JSON.stringify({ ok: true, timestamp: now(), ...rest }).slice(0, -1)
  context.type = 'application/json'
  context.body = `${head},"events":[${events.map(({ text }) => text).join()}]}`
}
