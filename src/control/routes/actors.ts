/** The routes of the actor runtime: what runs, restart it, look where it spends its time. */
import * as z from 'zod'
import { CodedError } from '../../runtime/index.ts'
import * as answers from '../answers.ts'
import type { ControlDeps } from '../deps.ts'
import { HttpError } from '../errors.ts'
import { API } from '../paths.ts'
import { type Route, route } from '../route.ts'
import { wholeNumber } from '../validate.ts'

const params = z.strictObject({ name: z.string() })

/** `GET /actors`, `POST /actors/:name/restart` and `POST /actors/:name/profile?ms=`. */
export function actorRoutes({ actors, reader }: Pick<ControlDeps, 'actors' | 'reader'>): Route[] {
  return [
    route({
      method: 'GET',
      path: `${API}/actors`,
      summary: 'The supervision tree, and how the projections in the store stand.',
      answer: answers.tree,
      handle: () => ({ ...actors.tree(), projections: reader.projections() }),
    }),
    route({
      method: 'POST',
      path: `${API}/actors/:name/restart`,
      summary: 'Replaces an actor by its next generation; what is in work is finished first.',
      params,
      answer: answers.changed,
      refusals: { 404: ['not_found'] },
      admin: true,
      handle: async ({ params: { name } }) => {
        await found(actors.restart(name))
        return { message: `${name} was restarted`, changed: true }
      },
    }),
    route({
      method: 'POST',
      path: `${API}/actors/:name/profile`,
      summary: 'Where a living actor spends its time, over so many milliseconds.',
      params,
      query: z.strictObject({ ms: wholeNumber(10, 10_000, 500) }),
      answer: answers.profile,
      refusals: { 404: ['not_found'] },
      admin: true,
      handle: async ({ params: { name }, query: { ms } }) => ({
        milliseconds: ms,
        hot: await found(actors.profile(name, ms)),
      }),
    }),
  ]
}

async function found<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof CodedError && error.code === 'E_NO_ACTOR') throw new HttpError(404, 'not_found', error.message)
    throw error
  }
}
