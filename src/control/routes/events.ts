/** The routes that read what happened: events, and what became of a transaction. */
import type { Context } from 'koa'
import * as z from 'zod'
import { compare, formatPosition, type Position } from '../../events/position.ts'
import type { CommittedEvent } from '../../events/types.ts'
import * as answers from '../answers.ts'
import type { ControlDeps } from '../deps.ts'
import { now } from '../envelope.ts'
import { HttpError } from '../errors.ts'
import { API } from '../paths.ts'
import { eventQuery, hash, readQuery } from '../query.ts'
import { type Route, route } from '../route.ts'

/** More than a block's gas allows. */
const EVENTS_OF_A_TX = 10_000

const events = z.array(answers.event)

/** `GET /events` and `GET /tx/:hash`. */
export function eventRoutes(deps: ControlDeps): Route[] {
  const { reader, lookup } = deps
  return [
    route({
      method: 'GET',
      path: `${API}/events`,
      summary: 'Events of the log, newest first; ascending with `since`. Positions are exclusive.',
      query: eventQuery,
      answer: z.strictObject({ events, count: z.int(), next: z.string().nullable() }),
      refusals: { 400: ['resume_expired'] },
      handle: async ({ query: asked, context }) => {
        const query = await readQuery(asked, deps)
        const found = reader.events({ ...query, limit: query.limit + 1 }) // one more tells whether this is the end
        if (query.since) requireKept(query.since, reader.earliest()) // afterwards: retention may be at work
        const page = found.slice(0, query.limit)
        const next = found.length > page.length ? (page.at(-1)?.id ?? null) : null
        succeedWithEvents(context, page, { count: page.length, next })
        return undefined
      },
    }),
    route({
      method: 'GET',
      path: `${API}/tx/:hash`,
      summary:
        'What became of a transaction, by its Cosmos or EVM hash. What the log does not know is asked of the node.',
      params: z.strictObject({ hash }),
      answer: z.strictObject({ events, state: z.enum(['indexed', 'failed', 'unknown']) }),
      refusals: { 503: ['server_busy'] },
      handle: async ({ params: { hash: txHash }, context }) => {
        const found = reader.events({ order: 'asc', limit: EVENTS_OF_A_TX, txHash })
        const state = found.length ? 'indexed' : await lookup.state(txHash)
        succeedWithEvents(context, found, { state })
        return undefined
      },
    }),
  ]
}

/** As on a socket, never a gap: `0-0-0` is the beginning of what there is. @throws HttpError `resume_expired` */
function requireKept(since: Position, earliest: Position): void {
  if (since.height === 0 || compare(since, earliest) >= 0) return
  const message = `since: the log does not reach back to this position any more, but to ${formatPosition(earliest)}`
  throw new HttpError(400, 'resume_expired', message)
}

/** The stored texts go into the answer as they are: parsing them to write them again is what a log is not for. */
function succeedWithEvents(context: Context, found: readonly CommittedEvent[], rest: object): void {
  const head = JSON.stringify({ ok: true, timestamp: now(), ...rest }).slice(0, -1)
  context.type = 'application/json'
  context.body = `${head},"events":[${found.map(({ text }) => text).join()}]}`
}
