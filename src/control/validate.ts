/** What a request says, held against the schema of its route; a refusal begins with the name of the field. */
import * as z from 'zod'
import { didYouMean } from '../config/index.ts'
import { HttpError } from './errors.ts'

/** @throws HttpError 400 `invalid_request`; `whole` names what is wrong with more than one field */
export function validated(schema: z.ZodType, given: unknown, whole: 'path' | 'query' | 'body'): unknown {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw invalid(problemOf(parsed.error.issues[0], whole, fieldsOf(schema)))
}

/** @throws HttpError 400 `invalid_request` always */
export function invalid(message: string): HttpError {
  return new HttpError(400, 'invalid_request', message)
}

/** A whole number in a query, its range published as such. */
export function wholeNumber(least: number, most: number, otherwise: number): z.ZodType<number, string | undefined> {
  const error = `a whole number from ${least} to ${most}`
  return z
    .string({ error })
    .regex(/^\d{1,9}$/, { error })
    .transform(Number)
    .refine((number) => number >= least && number <= most, { error })
    .default(otherwise)
    .meta({ openapi: { type: 'integer', minimum: least, maximum: most, default: otherwise } })
}

/** Text of a shape; `expected` completes "expected …". */
export function matching(shape: RegExp, expected: string): z.ZodString {
  return z.string({ error: expected }).regex(shape, { error: expected })
}

function problemOf(issue: z.core.$ZodIssue | undefined, whole: string, known: readonly string[]): string {
  if (issue?.code === 'unrecognized_keys') {
    const name = issue.keys[0]?.slice(0, 60) ?? ''
    const there = known.length ? `; there are: ${known.join(', ')}.${didYouMean(name, known)}` : ''
    return `${name}: there is no such ${whole === 'body' ? 'field' : 'parameter'}${there}`
  }
  const expected = issue?.message.replace(/^Invalid input: expected /, '').slice(0, 300)
  return `${issue?.path.join('.').slice(0, 100) || whole}: expected ${expected}`
}

function fieldsOf(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}
