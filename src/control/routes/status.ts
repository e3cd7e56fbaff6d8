/** The routes that say how it goes, and start and stop it. */
import * as z from 'zod'
import * as answers from '../answers.ts'
import type { ControlDeps } from '../deps.ts'
import { now } from '../envelope.ts'
import { oncePerTurn } from '../once-per-turn.ts'
import { API } from '../paths.ts'
import { type Route, route } from '../route.ts'

/** `GET /status` and `GET /health`. */
export function statusRoutes({ vitals }: ControlDeps): Route[] {
  const status = oncePerTurn(() => Buffer.from(JSON.stringify({ ok: true, timestamp: now(), status: vitals.status() })))
  return [
    route({
      method: 'GET',
      path: `${API}/status`,
      summary: 'What runs, and how far it is.',
      answer: z.strictObject({ status: answers.status }),
      handle: ({ context }) => {
        context.res.setHeader('Content-Type', 'application/json; charset=utf-8')
        context.body = status()
        return undefined
      },
    }),
    route({
      method: 'GET',
      path: `${API}/health`,
      summary: 'Whether it is well; 503 naming the fault when it is not.',
      answer: z.strictObject({ health: answers.health }),
      refusals: { 503: ['E_…'] },
      handle: ({ context }) => {
        const health = vitals.health()
        if (health.healthy) return { health }
        context.status = 503
        context.set('Retry-After', '5')
        const error = { code: health.code, message: health.message, requestId: context.state['requestId'] }
        context.body = { ok: false, timestamp: now(), error, health }
        return undefined
      },
    }),
  ]
}

/** `POST /start`, `/stop` and `/refresh`. */
export function operationRoutes({ operations }: Pick<ControlDeps, 'operations'>): Route[] {
  const operation = (name: string, summary: string, work: () => Promise<[changed: boolean, message: string]>): Route =>
    route({
      ...{ method: 'POST', path: `${API}/${name}`, summary, admin: true },
      answer: answers.changed,
      refusals: { 409: ['wrong_state'] },
      handle: async ({ note }) => {
        const [changed, message] = await work()
        note({ changed })
        return { message, changed }
      },
    })
  return [
    operation('start', 'Starts pipeline, tasks and sockets.', async () => {
      const changed = await operations.start()
      return [changed, changed ? 'started' : 'it runs already']
    }),
    operation('stop', 'Drains and stops pipeline, tasks and sockets; REST stays.', async () => {
      const changed = await operations.stop()
      return [changed, changed ? 'stopped' : 'it does not run']
    }),
    operation('refresh', 'Reads every view anew and runs every task.', async () => {
      const names = await operations.refresh()
      return [names.length > 0, `refreshed: ${names.join(', ') || 'nothing'}`]
    }),
  ]
}
