/** What machines read beside REST: probes, metrics and the description of the routes. None of it counts against limits. */
import type { Context, Next } from 'koa'
import { HttpError } from './errors.ts'
import type { Route } from './route.ts'
import type { Vitals } from './vitals.ts'

/** A path that answers GET with text. */
export interface PlainRoute {
  path: string
  summary: string
  /** Content type of its answer. */
  type: string
  /** Statuses it answers. */
  statuses: readonly number[]
  /** The codes it may refuse with, by status. Default: none. */
  refusals?: Route['refusals']
  answer(context: Context): string | Buffer | Promise<string>
}

/** `/livez` and `/readyz`: before the guard as well, or a flood would look like a death. */
export function probes(vitals: Vitals): PlainRoute[] {
  return [
    {
      ...{ path: '/livez', type: 'text/plain', statuses: [200] },
      summary: 'Answers while the process is alive.',
      answer: () => 'ok\n',
    },
    {
      ...{ path: '/readyz', type: 'text/plain', statuses: [200, 503] },
      summary: 'Whether it should be sent requests; `?verbose` lists the checks.',
      answer: (context) => {
        const { ok, checks } = vitals.ready()
        context.status = ok ? 200 : 503
        if (!('verbose' in context.query)) return ok ? 'ok\n' : 'not ready\n'
        const lines = [
          ...checks.map((check) => `${check.ok ? 'ok' : 'fail'} ${check.name}: ${check.detail}\n`),
          ...vitals.degraded().map(({ reason, message }) => `degraded ${reason}: ${message}\n`),
        ]
        return lines.join('')
      },
    },
  ]
}

/** Answers these paths, and leaves the others to the next. */
export function plain(routes: readonly PlainRoute[]): (context: Context, next: Next) => Promise<void> {
  const byPath = new Map(routes.map((route) => [route.path, route]))
  return async (context, next) => {
    const route = byPath.get(context.path)
    if (!route) return await next()
    context['_matchedRoute'] = route.path
    if (context.method !== 'GET' && context.method !== 'HEAD') throw notAllowed(context, ['GET', 'HEAD'])
    const answer = await route.answer(context)
    context.type = route.type
    context.body = answer
  }
}

/** 405, naming the methods that there are. */
export function notAllowed({ path }: Context, methods: readonly string[]): HttpError {
  const Allow = methods.join(', ')
  return new HttpError(405, 'method_not_allowed', `${path} answers ${Allow} only`, { Allow })
}
