/** The routes that say what is missing from the log, and why: gaps, and transactions in quarantine. */
import * as answers from '../answers.ts'
import type { ControlDeps } from '../deps.ts'
import { API } from '../paths.ts'
import { type Route, route } from '../route.ts'

/** More is a sign of a broken app, and then the first of them tell as much. */
const MOST = 1_000

/** `GET /gaps` and `GET /quarantine`. */
export function repairRoutes({ reader }: Pick<ControlDeps, 'reader'>): Route[] {
  return [
    route({
      method: 'GET',
      path: `${API}/gaps`,
      summary: 'Heights that are missing from the log, and why.',
      answer: answers.gaps,
      handle: () => ({ gaps: reader.gaps() }),
    }),
    route({
      method: 'GET',
      path: `${API}/quarantine`,
      summary: 'Transactions that could not be decoded and were set aside; the first 1000.',
      answer: answers.quarantine,
      handle: () => ({
        transactions: reader.quarantine(MOST).map(({ bytes, ...transaction }) => ({
          ...transaction,
          bytes: Buffer.from(bytes).toString('base64'),
        })),
        count: reader.quarantined(),
      }),
    }),
  ]
}
