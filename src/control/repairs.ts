/** The routes that say what is missing from the log, and why: gaps, and transactions in quarantine. */
import type Router from '@koa/router'
import type { LogReader } from '../store/types.ts'
import { succeed } from './envelope.ts'

/** More is a sign of a broken app, and then the first of them tell as much. */
const MOST = 1_000

/** Adds `GET /gaps` and `GET /quarantine`. */
export function repairRoutes(router: Router, reader: Pick<LogReader, 'gaps' | 'quarantine' | 'quarantined'>): void {
  router.get('/gaps', (context) => succeed(context, { gaps: reader.gaps() }))

  router.get('/quarantine', (context) => {
    const transactions = reader.quarantine(MOST).map(({ bytes, ...transaction }) => ({
      ...transaction,
      /** The result as the node gave it, base64. */
      bytes: Buffer.from(bytes).toString('base64'),
    }))
    succeed(context, { transactions, count: reader.quarantined() })
  })
}
