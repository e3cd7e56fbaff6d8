/** The control server: health first, then guard, limits and routes; one envelope for whatever goes wrong. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import Koa, { type Context, type Next } from 'koa'
import { CodedError } from '../runtime/index.ts'
import { requireAdmin } from './admin.ts'
import { now } from './envelope.ts'
import { HttpError } from './errors.ts'
import type { Guard } from './guard.ts'
import { rateLimit } from './rate-limit.ts'
import { type ControlDeps, routes } from './routes.ts'

/** Longest body of a request, bytes. */
const LONGEST_BODY = 65_536

export interface ControlOptions {
  guard: Guard
  /** What proves an operator. Default: nothing is asked. */
  adminToken?: string | undefined
  maxRequestsPerMinute: number
  /** Told of what is a fault of ours, with the id the caller was given. */
  onFault(error: unknown, requestId: string): void
}

/** The server, not listening yet: socket.io is attached to it before. */
export function createControl(
  deps: ControlDeps,
  { guard, adminToken, maxRequestsPerMinute, onFault }: ControlOptions,
): Server {
  const app = new Koa()
  const router = routes(deps, requireAdmin(adminToken))
  const limit = rateLimit(maxRequestsPerMinute, 60_000)
  app.silent = true

  app.use(async (context, next) => {
    const { requestId } = Object.assign(context.state, { requestId: randomUUID() })
    context.set('X-Indexed-Height', String(deps.vitals.sync().indexedHeight))
    context.set({ 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'Cache-Control': 'no-store' })
    try {
      await next()
      if (context.status === 404 && context.body === undefined)
        throw new HttpError(404, 'not_found', `there is no ${context.method} ${context.path.slice(0, 200)}`)
    } catch (error) {
      refuse(context, requestId as string, error, onFault)
    }
  })
  app.use((context, next) => probes(deps, context, next))
  app.use((context, next) => admit(guard, context, next))
  app.use((context, next) => {
    const wait = limit.take(context.ip)
    if (wait)
      throw new HttpError(429, 'rate_limited', 'too many requests', { 'Retry-After': String(Math.ceil(wait / 1_000)) })
    return next()
  })
  app.use((context, next) => {
    requireJson(context)
    const { path, route } = router.match(context.path, context.method)
    if (path.length && !route) throw notAllowed(context, [...new Set(path.flatMap(({ methods }) => methods))].sort())
    return next()
  })
  app.use(router.routes())

  return createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, app.callback())
}

/** `/livez` and `/readyz`: outside guard and limits, or a flood would look like a death. */
async function probes({ vitals }: ControlDeps, context: Context, next: Next): Promise<void> {
  if (context.path !== '/livez' && context.path !== '/readyz') return await next()
  if (context.method !== 'GET' && context.method !== 'HEAD') throw notAllowed(context, ['GET', 'HEAD'])
  if (context.path === '/livez') {
    context.body = 'ok\n'
  } else {
    const { ok, checks } = vitals.ready()
    context.status = ok ? 200 : 503
    const lines = checks.map((check) => `${check.ok ? 'ok' : 'fail'} ${check.name}: ${check.detail}\n`)
    context.body = 'verbose' in context.query ? lines.join('') : ok ? 'ok\n' : 'not ready\n'
  }
}

/** A body must be JSON and small: what a web page can send without asking (`text/plain`) is not taken. */
function requireJson(context: Context): void {
  const length = Number(context.get('Content-Length'))
  if (length > LONGEST_BODY)
    throw new HttpError(413, 'body_too_large', `a body may have ${LONGEST_BODY} bytes`, { Connection: 'close' })
  const hasBody = length > 0 || context.get('Transfer-Encoding') !== ''
  if (hasBody && !context.is('application/json'))
    throw new HttpError(415, 'unsupported_media_type', 'a body must be application/json', { Connection: 'close' })
}

function notAllowed({ path }: Context, methods: string[]): HttpError {
  const Allow = methods.join(', ')
  return new HttpError(405, 'method_not_allowed', `${path} answers ${Allow} only`, { Allow })
}

async function admit(guard: Guard, context: Context, next: Next): Promise<void> {
  const admission = guard(context.req)
  if (!admission.ok) throw new HttpError(403, admission.code, admission.message)
  context.vary('Origin')
  if (admission.origin !== undefined) {
    context.set({ 'Access-Control-Allow-Origin': admission.origin, 'Access-Control-Allow-Credentials': 'true' })
    context.set('Access-Control-Expose-Headers', 'X-Indexed-Height, Retry-After')
  }
  if (context.method !== 'OPTIONS' || !context.get('Access-Control-Request-Method')) return await next()
  context.set({
    'Access-Control-Allow-Methods': 'GET, HEAD, POST',
    'Access-Control-Allow-Headers': 'content-type, authorization',
  })
  context.set('Access-Control-Max-Age', '600')
  context.status = 204
}

/** Neither stack nor path nor anything else of ours leaves: faults are logged under the id that the caller sees. */
function refuse(context: Context, requestId: string, error: unknown, onFault: ControlOptions['onFault']): void {
  if (!(error instanceof HttpError) && !isRestarting(error)) onFault(error, requestId)
  const { status, code, message, headers } = error instanceof HttpError ? error : failure(error)
  context.status = status
  context.set(headers)
  context.body = { ok: false, timestamp: now(), error: { code, message, requestId } }
}

/** What has a code passes by itself or by an operator's hand; anything else is a bug of ours. */
function failure(error: unknown): HttpError {
  if (error instanceof CodedError)
    return new HttpError(503, 'unavailable', 'the part that answers this is not there now; ask again', {
      'Retry-After': '1',
    })
  return new HttpError(500, 'internal', 'something went wrong here; the log has it under this requestId')
}

/** An actor that is being replaced, or did not answer in time. */
function isRestarting(error: unknown): boolean {
  return error instanceof CodedError && /^E_(ACTOR|ASK)_/.test(error.code)
}
