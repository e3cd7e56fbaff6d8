/** Who may change something: operators, who prove it by a token once one is set. Beyond loopback one must be set. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context, Next } from 'koa'
import { HttpError } from './errors.ts'

/** Whether a token proves an operator; everybody is one when none is set. Compares hashes, in constant time. */
export function isAdmin(expected: string | undefined, presented: string | undefined): boolean {
  return expected === undefined || timingSafeEqual(hash(expected), hash(presented ?? ''))
}

/** Lets through who presents the token; everybody when there is none (loopback only). */
export function requireAdmin(token: string | undefined): (context: Context, next: Next) => Promise<void> {
  return async (context, next) => {
    const [, presented = ''] = /^Bearer (.+)$/i.exec(context.get('Authorization')) ?? []
    if (!isAdmin(token, presented))
      throw new HttpError(401, 'unauthorized', 'this needs the admin token: Authorization: Bearer …', {
        'WWW-Authenticate': 'Bearer',
      })
    await next()
  }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
