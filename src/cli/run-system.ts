/** Runs a system until a signal ends it. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { SeicheConfig } from '../config/schema.ts'
import { FILE } from '../store/schema.ts'
import { createSystem, type SystemExtras } from '../system.ts'

/** A drain that takes longer is ended, ms. */
const DRAIN_DEADLINE = 25_000

/** Starts, says where it listens, waits for SIGINT or SIGTERM, drains. A second signal ends it at once with status 1. */
export async function runSystem(config: SeicheConfig, { reset, ...extras }: SystemExtras & { reset: boolean }): Promise<number> {
  if (reset) for (const suffix of ['', '-wal', '-shm']) rmSync(join(config.store.path, `${FILE}${suffix}`), { force: true })
  const system = await createSystem(config, extras)
  const told = untilTold()
  await system.start()
  extras.log.info({ http: system.http, ws: system.ws }, 'ready')
  const signal = await told
  extras.log.info({ signal }, 'draining')
  process.once('SIGINT', () => process.exit(1)).once('SIGTERM', () => process.exit(1))
  const deadline = setTimeout(() => {
    extras.log.error('the drain took too long')
    process.exit(1)
  }, DRAIN_DEADLINE)
  await system.stop()
  clearTimeout(deadline)
  return 0
}

/** The signal that asks this process to end. */
export function untilTold(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal))
  })
}
