/** The routes of the caches: how well they do, and an end to what they hold. */
import * as z from 'zod'
import * as answers from '../answers.ts'
import type { ControlDeps } from '../deps.ts'
import { HttpError } from '../errors.ts'
import { API } from '../paths.ts'
import { type Route, route } from '../route.ts'

/** `GET /cache/stats`, `POST /cache/clear` and `POST /cache/:name/clear`. */
export function cacheRoutes({ caches }: Pick<ControlDeps, 'caches'>): Route[] {
  return [
    route({
      method: 'GET',
      path: `${API}/cache/stats`,
      summary: 'Entries, hits and misses of every cache.',
      answer: z.strictObject({ caches: z.record(z.string(), answers.cacheStats), totalCaches: z.int() }),
      handle: () => {
        const all = caches.all()
        const stats = Object.fromEntries([...all].map(([name, cache]) => [name, cache.getStats()]))
        return { caches: stats, totalCaches: all.size }
      },
    }),
    route({
      method: 'POST',
      path: `${API}/cache/clear`,
      summary: 'Empties every cache.',
      answer: answers.message,
      admin: true,
      handle: () => {
        caches.clear()
        return { message: 'every cache is empty' }
      },
    }),
    route({
      method: 'POST',
      path: `${API}/cache/:name/clear`,
      summary: 'Empties one cache.',
      params: z.strictObject({ name: z.string() }),
      answer: answers.message,
      refusals: { 404: ['not_found'] },
      admin: true,
      handle: ({ params: { name } }) => {
        const all = caches.all()
        const cache = all.get(name)
        if (!cache)
          throw new HttpError(404, 'not_found', `there is no such cache; there are: ${[...all.keys()].join(', ')}`)
        cache.clear()
        return { message: `${name} is empty` }
      },
    }),
  ]
}
