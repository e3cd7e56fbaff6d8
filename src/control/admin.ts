/** Who may change something: operators, who prove it by a token once one is set. Beyond loopback one must be set. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context, Next } from 'koa'
import { HttpError } from './errors.ts'

/** Lets through who presents the token; everybody when there is none (loopback only). Compares hashes, in constant time. */
export function requireAdmin(token: string | undefined): (context: Context, next: Next) => Promise<void> {
  const expected = token === undefined ? undefined : hash(token)
  return async (context, next) => {
    const [, presented = ''] = /^Bearer (.+)$/i.exec(context.get('Authorization')) ?? []
    if (expected && !timingSafeEqual(expected, hash(presented)))
      throw new HttpError(401, 'unauthorized', 'this needs the admin token: Authorization: Bearer …', {
        'WWW-Authenticate': 'Bearer',
      })
    await next()
  }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
