/** Definitions as they are given to main: checked and completed. Main only: it loads zod. */
import * as z from 'zod'
import { CodedError } from '../runtime/index.ts'
import type { TaskPlan } from './plan.ts'
import type { TaskDefinition } from './types.ts'

/** A day; beyond 24 of them timers fire at once. */
const DAY = 86_400_000
const whole = (from: number, to: number): z.ZodInt => {
  const error = `expected a whole number from ${from} to ${to}`
  return z.int({ error }).min(from, { error }).max(to, { error })
}
const NAME = 'expected a text of 1 to 200 characters'
const WORD = 'expected 1 to 100 letters, digits, _, -, . or :'

const shape = z.strictObject({
  id: z.string({ error: WORD }).regex(/^[\w.:-]{1,100}$/, { error: WORD }),
  name: z.string({ error: NAME }).min(1, { error: NAME }).max(200, { error: NAME }),
  interval: whole(10, DAY),
  priority: z.enum(['high', 'medium', 'low'], { error: "expected 'high', 'medium' or 'low'" }).default('medium'),
  enabled: z.boolean({ error: 'expected true or false' }).default(true),
  maxRetries: whole(1, 100).default(3),
  timeout: whole(10, DAY).optional(),
  refreshOn: z.array(z.string(), { error: 'expected a list of tags' }).default([]),
  handler: z
    .custom<TaskDefinition['handler']>((given) => typeof given === 'function', 'expected a function')
    .optional(),
  module: z
    .union([z.instanceof(URL).transform(String), z.string()], { error: 'expected a file: URL' })
    .refine((given) => given.startsWith('file:'), { error: 'expected a file: URL' })
    .optional(),
})

/** A definition with its defaults in place, and where its handler is. */
export interface Defined {
  plan: TaskPlan
  handler: TaskDefinition['handler']
  module: string | null
}

/** @throws CodedError `E_TASK_INVALID` naming the field */
export function defined(definition: TaskDefinition, defaultTimeout: number): Defined {
  const { handler, module, timeout, ...plan } = checked(definition, definition?.id)
  if ((handler === undefined) === (module === undefined))
    throw invalid(plan.id, 'handler: expected exactly one of handler and module')
  return { plan: { ...plan, timeout: timeout ?? defaultTimeout }, handler, module: module ?? null }
}

function checked(given: unknown, id: unknown): z.output<typeof shape> {
  const { data, error } = shape.safeParse(given)
  if (data) return data
  const [issue] = error?.issues ?? []
  const field = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue?.path.join('.')
  const problem = issue?.code === 'unrecognized_keys' ? 'a task has no such field' : issue?.message
  throw invalid(id, field ? `${field}: ${problem}` : `${problem}`)
}

function invalid(id: unknown, problem: string): CodedError {
  return new CodedError('E_TASK_INVALID', `the task ${JSON.stringify(id ?? null)} is none: ${problem}`)
}
