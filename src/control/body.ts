/** Bodies: JSON, small, flat enough, and without the keys that reach for a prototype. */
import type { Context } from 'koa'
import { HttpError } from './errors.ts'

/** Longest body, bytes. */
export const LONGEST_BODY = 65_536
/** Deepest nesting of arrays and objects. */
const DEEPEST = 32

const POISON = new Set(['__proto__', 'constructor', 'prototype'])

/** Of a body that is too long, so much is still read before it is refused: else its sender may never see the answer. */
const PATIENCE = 16 * LONGEST_BODY

/** A body must be JSON and small: what a web page can send without asking (`text/plain`) is not taken. @throws HttpError 413, 415 */
export async function requireJson(context: Context): Promise<void> {
  const length = Number(context.get('Content-Length'))
  if (length > LONGEST_BODY) await readBody(context)
  const hasBody = length > 0 || context.get('Transfer-Encoding') !== ''
  if (hasBody && (!context.is('application/json') || context.get('Content-Encoding') !== ''))
    throw new HttpError(415, 'unsupported_media_type', 'a body must be application/json, not compressed', ENDING)
}

/** The parsed body; undefined when there is none. @throws HttpError 400 `invalid_json`, 413 */
export async function readBody({ req }: Context): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length <= LONGEST_BODY) chunks.push(chunk)
      else if (length > PATIENCE) break
    }
  } catch {
    throw invalidJson('the body ended before its end')
  }
  if (length > LONGEST_BODY) throw new HttpError(413, 'body_too_large', `a body may have ${LONGEST_BODY} bytes`, ENDING)
  return length ? parse(Buffer.concat(chunks)) : undefined
}

function parse(bytes: Buffer): unknown {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw invalidJson('the body is no JSON text in UTF-8')
  }
  requireFlat(value, DEEPEST)
  return value
}

function requireFlat(value: unknown, left: number): void {
  if (typeof value !== 'object' || value === null) return
  if (left === 0) throw invalidJson(`the body is nested more than ${DEEPEST} deep`)
  for (const [key, inner] of Object.entries(value)) {
    if (POISON.has(key)) throw invalidJson(`${key}: there may be no such key`)
    requireFlat(inner, left - 1)
  }
}

/** The rest of the body is not waited for. */
const ENDING = { Connection: 'close' }

function invalidJson(message: string): HttpError {
  return new HttpError(400, 'invalid_json', message)
}
