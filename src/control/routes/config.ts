/** `GET /config` and `PUT /config`: the configuration in effect, secrets masked, and changes that last as long as the process. */
import * as z from 'zod'
import { ConfigError, maskConfig } from '../../config/index.ts'
import { schema } from '../../config/schema.ts'
import * as answers from '../answers.ts'
import type { ControlDeps } from '../deps.ts'
import { HttpError } from '../errors.ts'
import { API } from '../paths.ts'
import { type Route, route } from '../route.ts'

/** Validated by the configuration's own schema, once merged: what is wrong is then said as for a config file. */
const change = z
  .record(z.string(), z.unknown(), { error: 'an object of settings, e.g. {"log":{"level":"debug"}}' })
  .meta({ openapi: z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) })

export function configRoutes({ settings }: Pick<ControlDeps, 'settings'>): Route[] {
  return [
    route({
      method: 'GET',
      path: `${API}/config`,
      summary: 'The configuration in effect; secrets and the credentials of URLs masked.',
      answer: z.strictObject({ config: z.looseObject({}) }),
      handle: () => ({ config: { ...maskConfig(settings.current()) } }),
    }),
    route({
      method: 'PUT',
      path: `${API}/config`,
      summary: 'Changes settings until the process ends; says which took effect and which need a new start.',
      body: change,
      answer: answers.configChange,
      admin: true,
      handle: ({ body, note }) => {
        const { applied, needsRestart } = orInvalid(() => settings.apply(body))
        note({ applied, needsRestart })
        const message = [
          applied.length ? `took effect: ${applied.join(', ')}` : 'nothing took effect',
          ...(needsRestart.length ? [`only a new start can change: ${needsRestart.join(', ')}`] : []),
        ].join('; ')
        return {
          ...{ message, applied, needsRestart, config: { ...maskConfig(settings.current()) } },
          persisted: false as const,
        }
      },
    }),
  ]
}

function orInvalid<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof ConfigError) throw new HttpError(400, 'invalid_request', error.message.slice(0, 2_000))
    throw error
  }
}
