import type { Server } from 'node:http'

/** Where a door listens. */
export interface Where {
  host: string
  port: number
}

/** What still talks when a door closes is cut after this, ms. */
const GRACE = 1_000

/** Stops listening, and ends what is still connected. */
export async function ended(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  setTimeout(() => server.closeAllConnections(), GRACE).unref()
  await closed
}
