/** Fan-out: what a delivery costs, what an idle connection holds, what one client that stopped costs the others. */
import { deliveries } from './deliveries.ts'
import { idle } from './idle.ts'
import { stopped } from './stopped.ts'
import type { BenchOptions, Row } from './table.ts'

export async function run(options: BenchOptions): Promise<Row[]> {
  return [...(await deliveries(options)), ...(await idle(options)), ...(await stopped(options))]
}
