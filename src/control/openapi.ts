/** `GET /openapi.json`: OpenAPI 3.1 from the schemas that validate. */
import * as z from 'zod'
import type { ControlDeps } from './deps.ts'
import type { PlainRoute } from './plain.ts'
import type { Route } from './route.ts'
import { version } from './version.ts'

type Json = Record<string, unknown>

/** What is behind the guard refuses by it. */
export const BEHIND_THE_GUARD: Route['refusals'] = { 403: ['host_forbidden', 'origin_forbidden'] }

/** Codes that every route may refuse with, by status. */
const EVERYWHERE: Route['refusals'] = {
  400: ['invalid_request'],
  ...BEHIND_THE_GUARD,
  413: ['body_too_large'],
  415: ['unsupported_media_type'],
  429: ['rate_limited'],
  500: ['internal'],
  503: ['unavailable'],
}
const WITH_BODY: Route['refusals'] = { 400: ['invalid_json'] }
const FOR_OPERATORS: Route['refusals'] = { 401: ['unauthorized'] }

const error = z.strictObject({
  ok: z.literal(false),
  timestamp: z.string(),
  error: z.strictObject({ code: z.string(), message: z.string(), requestId: z.string() }),
})

const INDEXED_HEIGHT = { description: 'height of the last committed block', schema: { type: 'integer' } }
const RETRY_AFTER = { description: 'seconds to wait', schema: { type: 'integer' } }

/** The codes a route may refuse with, by status. */
export function refusalsOf({ method, admin, refusals }: Route): Record<number, string[]> {
  const all: Record<number, string[]> = {}
  for (const each of [EVERYWHERE, method === 'GET' ? {} : WITH_BODY, admin ? FOR_OPERATORS : {}, refusals])
    for (const [status, codes] of Object.entries(each)) all[Number(status)] = [...(all[Number(status)] ?? []), ...codes]
  return all
}

/** The route that answers the document; made once, since routes don't change. */
export function openApi(
  routes: readonly Route[],
  machines: readonly PlainRoute[],
  { viewSchemas }: Pick<ControlDeps, 'viewSchemas'>,
): PlainRoute {
  const own: PlainRoute = {
    ...{ path: '/openapi.json', type: 'application/json', statuses: [200], refusals: BEHIND_THE_GUARD },
    summary: 'This description.',
    answer: () => text,
  }
  const text = JSON.stringify(describe(routes, [...machines, own], viewSchemas))
  return own
}

function describe(
  routes: readonly Route[],
  machines: readonly PlainRoute[],
  viewSchemas: Readonly<Record<string, unknown>>,
): Json {
  const paths: Record<string, Json> = {}
  const put = (path: string, method: string, operation: Json): void => {
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation }
  }
  for (const each of routes) put(each.path.replace(/:(\w+)/g, '{$1}'), each.method, operationOf(each))
  for (const each of machines) put(each.path, 'GET', plainOperation(each))
  const views = Object.entries(viewSchemas).flatMap(([name, schema]) =>
    schema instanceof z.ZodType ? [[`view_${name}`, jsonSchema(schema, 'output')] as const] : [],
  )
  return {
    openapi: '3.1.0',
    info: {
      ...{ title: 'Seiche', version, license: { name: 'MIT', identifier: 'MIT' } },
      description: 'Real-time events and caching for Sei and CometBFT chains: the log, its views, and operations.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Error: jsonSchema(error, 'output'), ...Object.fromEntries(views) },
      securitySchemes: {
        operator: { type: 'http', scheme: 'bearer', description: 'the admin token, once one is set' },
      },
    },
  }
}

function operationOf(route: Route): Json {
  const { method, path, summary, params, query, body, answer, admin } = route
  return {
    operationId: operationId(method, path),
    summary,
    ...(admin ? { security: [{}, { operator: [] }] } : {}),
    parameters: [...parametersOf(params, 'path'), ...parametersOf(query, 'query')],
    ...(body ? { requestBody: { required: true, content: json(jsonSchema(body, 'input')) } } : {}),
    responses: {
      200: {
        description: 'done',
        headers: { 'X-Indexed-Height': INDEXED_HEIGHT },
        content: json(jsonSchema(enveloped(answer), 'output')),
      },
      ...refusalResponses(refusalsOf(route)),
    },
  }
}

/** The whole answer of a route. */
export function enveloped(answer: z.ZodObject): z.ZodObject {
  return z.strictObject({ ok: z.literal(true), timestamp: z.string(), ...answer.shape })
}

function refusalResponses(refusals: Route['refusals']): Json {
  return Object.fromEntries(Object.entries(refusals).map(([status, codes]) => [status, refusal(Number(status), codes)]))
}

function refusal(status: number, codes: readonly string[]): Json {
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    headers: {
      'X-Indexed-Height': INDEXED_HEIGHT,
      ...(status === 429 || status === 503 ? { 'Retry-After': RETRY_AFTER } : {}),
    },
    content: json({ $ref: '#/components/schemas/Error' }),
  }
}

function plainOperation({ path, summary, type, statuses, refusals = {} }: PlainRoute): Json {
  const [mediaType = type] = type.split(';')
  const content = { [mediaType]: { schema: { type: mediaType === 'application/json' ? 'object' : 'string' } } }
  const responses = Object.fromEntries(statuses.map((status) => [status, { description: summary, content }]))
  return { operationId: operationId('GET', path), summary, responses: { ...responses, ...refusalResponses(refusals) } }
}

function parametersOf(schema: z.ZodType, where: 'path' | 'query'): Json[] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, each]) => ({
    ...{ name, in: where, required: required.includes(name), schema: each },
  }))
}

/** `getPollingTasksIdRun` */
function operationId(method: string, path: string): string {
  const words = path.replace('/api/realtime', '').match(/[a-z]+/gi) ?? []
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

function json(schema: Json): Json {
  return { 'application/json': { schema } }
}

/** What a schema can't say itself it says in its `openapi` note. Answers may grow: more fields than named are no error. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    ...{ io, unrepresentable: 'any', reused: 'inline' },
    override: ({ zodSchema, jsonSchema: made }) => {
      const { openapi } = z.globalRegistry.get(zodSchema) ?? {}
      if (openapi) {
        for (const key of Object.keys(made)) delete made[key as keyof typeof made]
        Object.assign(made, openapi)
        delete made.$schema
      } else if (io === 'output' && made.additionalProperties === false) delete made.additionalProperties
    },
  }) as Json
  return rest
}
