/** Who may change something: operators, who prove it by a token once one is set. Beyond loopback one must be set. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context, Next } from 'koa'
import { HttpError } from './errors.ts'

/** Whether what was presented proves an operator. */
export type IsAdmin = (presented: string | undefined) => boolean

/** Any of the tokens does; everybody is an operator when there are none. Compares hashes, each in constant time. */
export function adminBy(tokens: readonly string[]): IsAdmin {
  const hashes = tokens.map(hash)
  return (presented = '') => {
    const given = hash(presented)
    const equal = hashes.map((expected) => timingSafeEqual(expected, given)) // all of them, whichever it is
    return equal.includes(true) || !hashes.length
  }
}

/** Lets through who presents a token that proves an operator. */
export function requireAdmin(isAdmin: IsAdmin): (context: Context, next: Next) => Promise<void> {
  return async (context, next) => {
    const [, presented] = /^Bearer (.+)$/i.exec(context.get('Authorization')) ?? []
    if (!isAdmin(presented))
      throw new HttpError(401, 'unauthorized', 'this needs the admin token: Authorization: Bearer …', {
        'WWW-Authenticate': 'Bearer',
      })
    await next()
  }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
