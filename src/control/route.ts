/** A route as it is declared: the schemas that validate what it is asked are the ones that are published. */
import type { Context } from 'koa'
import * as z from 'zod'

/** What a handler is given, all of it validated. */
export interface Asked<Params, Query, Body> {
  params: Params
  query: Query
  body: Body
  context: Context
  /** Adds to the audit line of this request. */
  note(details: object): void
}

type Answer = object | undefined | Promise<object | undefined>

/** A route, its types forgotten. */
export interface Route {
  method: 'GET' | 'POST' | 'PUT'
  /** As the router reads it, e.g. `/api/realtime/tx/:hash`. */
  path: string
  summary: string
  params: z.ZodType
  query: z.ZodType
  /** Undefined: it takes none, or an empty object. */
  body: z.ZodType | undefined
  /** What it answers beside `ok` and `timestamp`. */
  answer: z.ZodObject
  /** The codes it may refuse with beside those of every route, by status. */
  refusals: Readonly<Record<number, readonly string[]>>
  /** Operators only; audited. */
  admin: boolean
  /** Answers the body; undefined when it has set the context's itself. @throws HttpError */
  handle(asked: Asked<unknown, unknown, unknown>): Answer
}

interface Declared<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodObject>
  extends Pick<Route, 'method' | 'path' | 'summary'> {
  /** Default: none. */
  params?: P
  /** Default: none. */
  query?: Q
  /** Default: none. */
  body?: B
  answer: A
  refusals?: Route['refusals']
  /** Default false. */
  admin?: boolean
  handle(asked: Asked<z.output<P>, z.output<Q>, z.output<B>>): z.input<A> | undefined | Promise<z.input<A> | undefined>
}

const NOTHING = z.strictObject({})

/** Declares a route; the compiler holds its handler to its schemas. */
export function route<
  A extends z.ZodObject,
  P extends z.ZodType = typeof NOTHING,
  Q extends z.ZodType = typeof NOTHING,
  B extends z.ZodType = z.ZodUndefined,
>({ params, query, body, refusals = {}, admin = false, ...declared }: Declared<P, Q, B, A>): Route {
  return { ...declared, params: params ?? NOTHING, query: query ?? NOTHING, body, refusals, admin }
}
