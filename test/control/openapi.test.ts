import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { mount } from '../../src/control/mount.ts'
import { routesOf } from '../../src/control/routes/index.ts'
import { conforming } from './conform.ts'
import { someParts } from './parts.ts'
import { serve } from './support.ts'

interface Operation {
  operationId: string
  summary: string
  parameters?: { name: string; in: string; required: boolean; schema: { type?: string } }[]
  requestBody?: { content: Record<string, { schema: object }> }
  responses: Record<string, { description: string; headers?: object; content?: Record<string, { schema: object }> }>
  security?: object[]
}

const MACHINES = ['GET /livez', 'GET /metrics', 'GET /openapi.json', 'GET /readyz']

function operationsOf(paths: Record<string, Record<string, unknown>>): [string, Operation][] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation as Operation,
    ]),
  )
}

describe('/openapi.json', () => {
  it('describes every route of the router and no other', async () => {
    const { document } = await serve()
    const options = { admin: () => Promise.resolve(), audit: () => undefined }
    const mounted = mount(routesOf({ ...someParts() } as never), options).router.stack.flatMap(({ methods, path }) =>
      methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${path}`.replace(/:(\w+)/g, '{$1}')),
    )
    expect(
      operationsOf(document.paths)
        .map(([name]) => name)
        .toSorted(),
    ).toEqual([...mounted, ...MACHINES].toSorted())
  })

  it('each described route is there: neither 404 of a path nor 405', async () => {
    const { document, ask } = await serve()
    for (const [name] of operationsOf(document.paths)) {
      const [method = '', path = ''] = name.split(' ')
      const { status, text } = await ask(path.replace(/\{\w+\}/g, 'x'), { method })
      expect(status, name).not.toBe(405)
      expect(text, name).not.toContain('there is no GET')
    }
  })

  it('is OpenAPI 3.1: versions, unique ids, declared parameters, responses with descriptions, references that lead somewhere', async () => {
    const { ask } = await serve()
    const { body, headers } = await ask('/openapi.json')
    expect(headers['content-type']).toMatch(/^application\/json/)
    expect(body).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Seiche', version: expect.stringMatching(/^\d+\./) },
    })
    const operations = operationsOf(body.paths)
    const ids = operations.map(([, { operationId }]) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [name, { summary, parameters = [], responses, requestBody }] of operations) {
      expect(summary.length, name).toBeGreaterThan(5)
      const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
      expect(parameters.filter((each) => each.in === 'path').map((each) => each.name)).toEqual(inPath)
      expect(parameters.filter((each) => each.in === 'path').every(({ required }) => required)).toBe(true)
      for (const [status, response] of Object.entries(responses)) {
        expect(status).toMatch(/^[2-5]\d\d$/)
        expect(response.description.length).toBeGreaterThan(0)
        for (const { schema } of Object.values(response.content ?? {})) expect(() => parsed(schema, body)).not.toThrow()
      }
      for (const { schema } of Object.values(requestBody?.content ?? {}))
        expect(() => parsed(schema, body)).not.toThrow()
    }
    for (const [, reference] of JSON.stringify(body).matchAll(/"\$ref":"#\/([^"]+)"/g))
      expect(at(body, reference ?? ''), reference).toBeDefined()
  })

  it('says what needs the token, what takes a body, and where to wait', async () => {
    const { document } = await serve()
    const operations = new Map(operationsOf(document.paths))
    const changing = [...operations].filter(([name]) => !name.startsWith('GET'))
    for (const [name, { security, responses }] of changing) {
      expect(security, name).toEqual([{}, { operator: [] }])
      for (const status of ['400', '401', '403', '413', '415', '429', '503'])
        expect(responses, name).toHaveProperty(status)
      expect(responses['429']?.headers).toHaveProperty('Retry-After')
    }
    expect(
      [...operations]
        .filter(([, { requestBody }]) => requestBody)
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(['POST /api/realtime/websocket/broadcast', 'PUT /api/realtime/config'])
    const { parameters } = operations.get('GET /api/realtime/events') ?? {}
    expect(parameters?.find(({ name }) => name === 'limit')).toMatchObject({
      ...{ in: 'query', required: false, schema: { type: 'integer', minimum: 1, maximum: 1_000, default: 50 } },
    })
  })

  it('describes the payloads of the views when their schemas are known', async () => {
    const transfers = z.object({ items: z.array(z.object({ id: z.string() })) })
    const { document } = await serve({ parts: { viewSchemas: { transfers } } })
    expect(document.components.schemas['view_transfers']).toMatchObject({ properties: { items: { type: 'array' } } })
  })
})

it('the check that every answer goes through sees what is not declared', async () => {
  const { document } = await serve()
  const conform = conforming(routesOf({ ...someParts() } as never), document)
  const answer = (status: number, body: object) => ({ status, body, headers: {}, text: '' })
  const timestamp = '2026-01-01T00:00:00Z'
  const path = '/api/realtime/cache/clear'
  conform('POST', path, answer(200, { ok: true, timestamp, message: 'x' }))
  expect(() => conform('POST', path, answer(200, { ok: true, timestamp, message: 1 }))).toThrow()
  expect(() => conform('POST', path, answer(200, { ok: true, timestamp, message: 'x', more: 1 }))).toThrow()
  expect(() => conform('POST', path, answer(418, { ok: true, timestamp, message: 'x' }))).toThrow('does not declare')
  const error = { code: 'wrong_state', message: 'x', requestId: 'x' }
  expect(() => conform('POST', path, answer(403, { ok: false, timestamp, error }))).toThrow()
})

function parsed(schema: object, document: object): unknown {
  const { $ref } = schema as { $ref?: string }
  return z.fromJSONSchema(($ref ? at(document, $ref.slice(2)) : schema) as Record<string, unknown>)
}

function at(document: object, reference: string): object | undefined {
  return reference
    .split('/')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document) as object
}
