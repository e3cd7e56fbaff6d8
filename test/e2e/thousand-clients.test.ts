import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { kindOf } from '../../src/events/kind.ts'
import { parsePosition } from '../../src/events/position.ts'
import { openReader } from '../../src/store/reader.ts'
import type { LogReader } from '../../src/store/types.ts'
import { ready, temporaryFolder } from './seiche.ts'
import type { Got, Wanted } from './swarm.ts'

const PROCESSES = 2
const CLIENTS_EACH = 500
/** How long traffic goes on while clients come and go, ms. */
const TRAFFIC = 20_000
const CHANNELS = ['blockchain_events', 'transfers', 'groups', 'pots', 'vaults']
const KIND: Record<string, string> = { transfers: 'transfer', groups: 'group', pots: 'pot', vaults: 'vault' }
const MANY = { SEICHE_GATEWAY_MAX_CONNECTIONS_PER_IP: '2000', SEICHE_GATEWAY_MAX_NEW_PER_SECOND_PER_IP: '2000' }

const keyOf = ({ channel, address }: Wanted): string => `${channel} ${address ?? ''}`

/** What the log holds for a subscription, up to a height. */
function expected(reader: LogReader, { channel, address }: Wanted, height: number): string[] {
  const kind = KIND[channel]
  const before = { height: height + 1, txIndex: 0, eventIndex: 0 }
  return reader
    .events({
      ...{ order: 'asc', limit: 100_000, before },
      ...(kind ? { kinds: [kind] } : {}),
      ...(address ? { account: address } : {}),
    })
    .filter(({ type }) => !kind || kindOf(type) === kind)
    .map(({ id }) => id)
}

function swarm(ws: string, http: string, seed: number, wanted: Wanted[]): ChildProcess {
  const script = resolve(import.meta.dirname, 'swarm.ts')
  const child = spawn(process.execPath, [script, ws, http, `${seed}`, JSON.stringify(wanted)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function results(child: ChildProcess): Promise<Got[]> {
  if (!child.stdout) throw new Error('no output')
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return JSON.parse(line) as Got[]
}

it(`${PROCESSES * CLIENTS_EACH} clients that come and go, on both doors, on mixed channels and addresses: each gets exactly its events, once, in order`, async () => {
  const data = temporaryFolder()
  const chain = ['--block-time', '400', '--events', '2', '--seed', '7', '--rpc-port', '0']
  const { http, ws } = await ready(['dev', '--data', data, ...chain], MANY)
  const reader = openReader(data)
  onTestFinished(() => reader.close())
  while (reader.head().height < 12) await sleep(100)
  const known = reader.events({ order: 'asc', limit: 200, withAudience: true }).flatMap(({ audience }) => audience)
  const addresses = [...new Set(known)].slice(0, 40)
  const wanted = Array.from({ length: CLIENTS_EACH }, (_, n): Wanted => {
    const channel = CHANNELS[n % CHANNELS.length] ?? ''
    const address = n % 4 === 0 ? undefined : addresses[n % addresses.length]
    return { channel, ...(address ? { address } : {}) }
  })
  const swarms = Array.from({ length: PROCESSES }, (_, n) => swarm(ws, http, n + 1, wanted))
  await sleep(TRAFFIC)

  const { height } = reader.checkpoint()
  const expectations = new Map(wanted.map((each) => [keyOf(each), expected(reader, each, height)]))
  const last = [...expectations].flatMap(([key, ids]) => (ids.length ? [[key, ids.at(-1)]] : []))
  const reports = swarms.map((child) => {
    child.stdin?.write(`${JSON.stringify(last)}\n`)
    return results(child)
  })
  const got = (await Promise.all(reports)).flat()

  expect(got).toHaveLength(PROCESSES * CLIENTS_EACH)
  const wrong = got.filter((each) => {
    const upTo = each.ids.filter((id) => (parsePosition(id)?.height ?? 0) <= height)
    return JSON.stringify(upTo) !== JSON.stringify(expectations.get(keyOf(each)))
  })
  expect(wrong).toEqual([])
  expect([...expectations.values()].flat().length).toBeGreaterThan(100)
  expect(got.reduce((sum, { connections }) => sum + connections, 0)).toBeGreaterThan(2 * got.length)
}, 180_000)
