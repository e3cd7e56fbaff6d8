/** The control server: probes first, then guard, limits and routes; one envelope for whatever goes wrong. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import Koa, { type Context, type Next } from 'koa'
import { PATIENCE, type Patience, STRICT_HEADERS } from '../config/index.ts'
import { type IsAdmin, requireAdmin } from './admin.ts'
import { requireJson } from './body.ts'
import type { AddressOf } from './client-address.ts'
import type { ControlDeps } from './deps.ts'
import { now } from './envelope.ts'
import { HttpError, isFault, refusalOf } from './errors.ts'
import type { Guard } from './guard.ts'
import { controlMetrics } from './metrics.ts'
import { mount } from './mount.ts'
import { openApi } from './openapi.ts'
import { notAllowed, plain, probes } from './plain.ts'
import { type DistinctLimit, rateLimit } from './rate-limit.ts'
import { routesOf } from './routes/index.ts'

export interface ControlOptions {
  guard: Guard
  isAdmin: IsAdmin
  addressOf: AddressOf
  /** REST requests a minute from one address; asked with each request, since it may change. */
  maxRequestsPerMinute(): number
  /** Of different accounts asked for from one address; the sockets count with it too. */
  accounts: DistinctLimit
  /** Default {@link PATIENCE}. */
  patience?: Patience
  /** Told of what is a fault of ours, with the id the caller was given. */
  onFault(error: unknown, requestId: string): void
}

/** Headers of every answer. */
const EVERY_ANSWER: readonly (readonly [string, string])[] = [
  ...Object.entries(STRICT_HEADERS),
  ['Cache-Control', 'no-store'],
  ['Vary', 'Origin'],
]

/** The server, not listening yet: socket.io is attached to it before. */
export function createControl(
  deps: ControlDeps,
  { guard, isAdmin, addressOf, maxRequestsPerMinute, accounts, patience = PATIENCE, onFault }: ControlOptions,
): Server {
  const app = new Koa()
  const routes = routesOf(deps)
  const { middleware } = mount(routes, { admin: requireAdmin(isAdmin), audit: deps.audit })
  const limit = rateLimit(maxRequestsPerMinute, 60_000)
  const metrics = controlMetrics(deps)
  const unguarded = probes(deps.vitals)
  const machines = [metrics.route, openApi(routes, [...unguarded, metrics.route], deps)]
  app.silent = true

  app.use(async (context, next) => {
    const begun = performance.now()
    const { res } = context // its own setHeader: Koa's looks at each value again
    const requestId = randomUUID()
    context.state['requestId'] = requestId
    context.request.ip = addressOf(context.req)
    res.setHeader('X-Indexed-Height', String(deps.vitals.sync().indexedHeight))
    for (const [name, value] of EVERY_ANSWER) res.setHeader(name, value)
    try {
      await next()
      if (context.status === 404 && context.body === undefined) throw missing(context)
    } catch (error) {
      if (isFault(error)) onFault(error, requestId)
      refuse(context, requestId, refusalOf(error))
    }
    metrics.answered(context, performance.now() - begun)
  })
  app.use(plain(unguarded))
  app.use((context, next) => admit(guard, context, next))
  app.use(plain([...machines, ...(deps.pages ?? [])]))
  app.use(async (context, next) => {
    requirePatience(limit.take(context.ip), 'too many requests')
    const { address, account = address } = context.query
    if (typeof account === 'string' && account)
      requirePatience(accounts.take(context.ip, account), 'too many different addresses')
    if (context.method !== 'GET') await requireJson(context)
    await next()
  })
  app.use(middleware)

  return createServer(patience, app.callback())
}

/** @throws HttpError 429 when there are milliseconds to wait */
function requirePatience(wait: number, why: string): void {
  if (!wait) return
  throw new HttpError(429, 'rate_limited', why, { 'Retry-After': String(Math.ceil(wait / 1_000)) })
}

/** No route of this path and method: the router remembers those of the path alone. */
function missing(context: Context): HttpError {
  const layers = (context['matched'] ?? []) as { methods: string[] }[]
  if (layers.length) return notAllowed(context, [...new Set(layers.flatMap(({ methods }) => methods))].sort())
  return new HttpError(404, 'not_found', `there is no ${context.method} ${context.path.slice(0, 200)}`)
}

async function admit(guard: Guard, context: Context, next: Next): Promise<void> {
  const admission = guard(context.req)
  if (!admission.ok) throw new HttpError(403, admission.code, admission.message)
  if (admission.origin !== undefined) {
    context.set({ 'Access-Control-Allow-Origin': admission.origin, 'Access-Control-Allow-Credentials': 'true' })
    context.set('Access-Control-Expose-Headers', 'X-Indexed-Height, Retry-After')
  }
  if (context.method !== 'OPTIONS' || !context.get('Access-Control-Request-Method')) return await next()
  context.set({
    'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT',
    'Access-Control-Allow-Headers': 'content-type, authorization',
  })
  context.set('Access-Control-Max-Age', '600')
  context.status = 204
}

/** Neither stack nor path nor anything else of ours leaves: faults are logged under the id that the caller sees. */
function refuse(context: Context, requestId: string, { status, code, message, headers }: HttpError): void {
  context.status = status
  context.set(headers)
  context.body = { ok: false, timestamp: now(), error: { code, message, requestId } }
}
