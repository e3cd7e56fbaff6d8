/** Holds answers against what the server says of itself: every answer of every test goes through here. */
import { expect } from 'vitest'
import * as z from 'zod'
import { enveloped } from '../../src/control/openapi.ts'
import type { Route } from '../../src/control/route.ts'
import type { Answer } from './support.ts'

interface Response {
  description: string
  content?: Record<string, { schema: Record<string, unknown> }>
}

export interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Response>; [field: string]: unknown }>>
  components: { schemas: Record<string, Record<string, unknown>> }
}

export type Conform = (method: string, path: string, answer: Answer) => void

/** Fails on a status, a code, a field or a shape that is not declared. */
export function conforming(routes: readonly Route[], { paths, components }: Document): Conform {
  const templates = Object.keys(paths).map((template) => ({
    template,
    shape: new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`),
  }))
  return (method, path, { status, body }) => {
    const [bare = ''] = path.split('?')
    const { template = '' } = templates.find(({ shape }) => shape.test(bare)) ?? {}
    const operation = paths[template]?.[method.toLowerCase()]
    if (!operation || body === undefined) return
    const response = operation.responses[status]
    expect(response, `${method} ${template} does not declare ${status}`).toBeDefined()
    if (!body.ok && body.error) expect(response?.description).toMatch(codeOf(body.error.code))
    const { $ref, ...schema } = response?.content?.['application/json']?.schema ?? {}
    const published = typeof $ref === 'string' ? components.schemas[$ref.split('/').at(-1) ?? ''] : schema
    expect(z.fromJSONSchema(published ?? {}).safeParse(body).error?.issues ?? []).toEqual([])
    const route = routes.find((each) => each.method === method && each.path.replace(/:(\w+)/g, '{$1}') === template)
    if (body.ok && route) expect(enveloped(route.answer).safeParse(body).error?.issues ?? []).toEqual([])
  }
}

function codeOf(code: string): RegExp {
  return new RegExp(`\`(${code}${code.startsWith('E_') ? '|E_…' : ''})\``)
}
