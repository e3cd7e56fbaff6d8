/** The clients that stay for the whole round, in a process of their own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { LogReader } from '../../src/store/types.ts'
import type { Got, Wanted } from '../e2e/swarm.ts'

const CLIENTS = 60
const CHANNELS = ['blockchain_events', 'transfers', 'groups', 'pots', 'vaults']

/** Every channel, with and without an address of somebody who is there already. */
export function subscriptions(log: LogReader): Wanted[] {
  const known = log.events({ order: 'asc', limit: 200, withAudience: true }).flatMap(({ audience }) => audience)
  const addresses = [...new Set(known)]
  return Array.from({ length: CLIENTS }, (_, n): Wanted => {
    const address = n % 4 === 0 ? undefined : addresses[n % addresses.length]
    return { channel: CHANNELS[n % CHANNELS.length] ?? '', ...(address ? { address } : {}) }
  })
}

/** Starts them; they end with this process. */
export function spawnSwarm(args: string[]): ChildProcess {
  const script = resolve(import.meta.dirname, '../e2e/swarm.ts')
  const swarm = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  process.once('exit', () => swarm.kill('SIGKILL')) // it would go on for ever
  return swarm
}

/** What they got, once each has its last event or time is over. */
export async function results(swarm: ChildProcess, expected: ReadonlyMap<string, string[]>): Promise<Got[]> {
  const last = [...expected].flatMap(([key, ids]) => (ids.length ? [[key, ids.at(-1)]] : []))
  if (!swarm.stdout) throw new Error('no output')
  const lines = createInterface(swarm.stdout)
  swarm.stdin?.write(`${JSON.stringify(last)}\n`)
  const [line] = (await once(lines, 'line')) as [string]
  return JSON.parse(line) as Got[]
}
