/** Puts routes on a router: validation before any work, and for operators a line in the log of what they did. */
import { createHash } from 'node:crypto'
import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import * as z from 'zod'
import { readBody } from './body.ts'
import { succeed } from './envelope.ts'
import { HttpError } from './errors.ts'
import type { Asked, Route } from './route.ts'
import { validated } from './validate.ts'

export interface MountOptions {
  /** Lets operators through. */
  admin: Middleware
  /** Told of what an operator did. */
  audit(line: object): void
}

const NO_BODY = z.strictObject({}).optional()

export function mount(
  routes: readonly Route[],
  { admin, audit }: MountOptions,
): { router: Router; middleware: Middleware } {
  const router = new Router()
  const reads = new Map<string, (context: Context) => Promise<void>>()
  for (const each of routes) {
    const answer = (context: Context, note: Asked<unknown, unknown, unknown>['note']) => answered(each, context, note)
    const read = (context: Context): Promise<void> => answer(context, () => undefined)
    if (each.admin) router.register(each.path, [each.method], [admin, audited(each, answer, audit)])
    else router.register(each.path, [each.method], read)
    if (each.method === 'GET' && !each.path.includes(':')) reads.set(each.path, read)
  }
  const routed = router.routes()
  // What is read most is found by its whole path; the router tries the paths of all routes, one after the other.
  const middleware: Middleware = (context, next) => {
    const read = context.method === 'GET' ? reads.get(context.path) : undefined
    if (!read) return routed(context as never, next)
    context['params'] = {}
    context['_matchedRoute'] = context.path
    return read(context)
  }
  return { router, middleware }
}

async function answered(
  { method, params, query, body, handle }: Route,
  context: Context,
  note: Asked<unknown, unknown, unknown>['note'],
): Promise<void> {
  const asked = {
    params: validated(params, context['params'], 'path'),
    query: validated(query, context.query, 'query'),
    body: method === 'GET' ? undefined : validated(body ?? NO_BODY, await readBody(context), 'body'),
  }
  const answer = await handle({ ...asked, context, note })
  if (answer) succeed(context, answer)
}

function audited(
  { method, path }: Route,
  answer: (context: Context, note: (details: object) => void) => Promise<void>,
  audit: MountOptions['audit'],
): (context: Context) => Promise<void> {
  return async (context) => {
    const { requestId } = context.state as { requestId?: string }
    const line = { operator: operatorOf(context), action: `${method} ${path}`, ...(context['params'] as object) }
    const details: object = { ip: context.ip, requestId }
    try {
      await answer(context, (more) => Object.assign(details, more))
      audit({ ...line, ...details, outcome: 'ok' })
    } catch (error) {
      audit({ ...line, ...details, outcome: error instanceof HttpError ? error.code : 'failed' })
      throw error
    }
  }
}

/** Enough of the token's hash to tell operators apart, and nothing of the token. */
function operatorOf(context: Context): string {
  const [, token] = /^Bearer (.+)$/i.exec(context.get('Authorization')) ?? []
  return token === undefined ? 'anybody' : `token:${createHash('sha256').update(token).digest('hex').slice(0, 4)}`
}
