/** The routes of the actor runtime: what runs, restart it, look where it spends its time. */
import type Router from '@koa/router'
import type { Middleware } from 'koa'
import { CodedError, type System } from '../runtime/index.ts'
import { succeed } from './envelope.ts'
import { HttpError } from './errors.ts'

export interface ActorRoutes {
  actors: Pick<System, 'tree' | 'restart' | 'profile'>
  admin: Middleware
  /** Told of what an operator did. */
  audit(line: object): void
}

const PROFILE = { least: 10, most: 10_000, otherwise: 500 }

/** Adds `GET /actors`, `POST /actors/:name/restart` and `POST /actors/:name/profile?ms=`. */
export function actorRoutes(router: Router, { actors, admin, audit }: ActorRoutes): void {
  router.get('/actors', (context) => succeed(context, { ...actors.tree() }))

  router.post('/actors/:name/restart', admin, async (context) => {
    const name = String(context.params['name'])
    audit({ action: 'restart', actor: name, ip: context.ip })
    await found(actors.restart(name))
    succeed(context, { message: `${name} was restarted`, changed: true })
  })

  router.post('/actors/:name/profile', admin, async (context) => {
    const name = String(context.params['name'])
    const milliseconds = readMilliseconds(context.query['ms'])
    audit({ action: 'profile', actor: name, ip: context.ip })
    succeed(context, { milliseconds, hot: await found(actors.profile(name, milliseconds)) })
  })
}

function readMilliseconds(given: string | string[] | undefined): number {
  if (given === undefined) return PROFILE.otherwise
  const milliseconds = typeof given === 'string' && /^\d{1,6}$/.test(given) ? Number(given) : Number.NaN
  if (milliseconds >= PROFILE.least && milliseconds <= PROFILE.most) return milliseconds
  throw new HttpError(400, 'invalid_ms', `ms: expected a whole number from ${PROFILE.least} to ${PROFILE.most}`)
}

async function found<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof CodedError && error.code === 'E_NO_ACTOR') throw new HttpError(404, 'not_found', error.message)
    throw error
  }
}
