/** What every answer has around it (surface §5). */
import type { Context } from 'koa'

/** Answers `body` with success. */
export function succeed(context: Context, body: object): void {
  context.body = { ok: true, timestamp: now(), ...body }
}

/** The time of an answer, ISO. */
export function now(): string {
  return new Date().toISOString()
}
