import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { schema } from '../../src/config/schema.ts'
import { devnetContracts } from '../../src/devnet/settings.ts'
import type { ChainEvent } from '../../src/events/types.ts'
import type { ActorSpec } from '../../src/runtime/index.ts'
import { createSystem, type SeicheSystem } from '../../src/system.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { chaos, obedient } from '../../src/testing/index.ts'
import { temporaryFolder } from './seiche.ts'

/** Reads of a view and of a cache, each at once after the frame of an event. */
const READS = 10_000
/** What an event's channel shows, and whose it is. */
const VIEW: Record<string, string> = { transfer: 'transfers', group: 'groups', pot: 'pots', vault: 'vaults' }

async function started(): Promise<SeicheSystem> {
  const data = temporaryFolder()
  const config = schema.parse({
    ...{ contracts: devnetContracts('plain'), app: 'seimoney', store: { path: data } },
    ...{ gateway: { port: 0 }, control: { port: 0 }, log: { format: 'json', level: 'error' } },
  })
  const node = {
    folder: `${data}/devnet`,
    dialect: 'plain',
    seed: 5,
    blockTime: 20,
    eventsPerBlock: 8,
    port: 0,
  } as const
  const adjust = (name: string, spec: ActorSpec): ActorSpec => (name === 'cache-owner' ? obedient(spec) : spec)
  const system = createSystem(config, { log: createLogger({ format: 'json', level: 'error' }), node, adjust })
  onTestFinished(() => system.shutdown())
  await system.start()
  return system
}

/** Calls `read` with each event at the moment its frame arrives, until it answers that it has enough. */
async function atEachEvent(system: SeicheSystem, read: (event: ChainEvent) => boolean): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${system.ws.port}`)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.onopen = () =>
    socket.send(JSON.stringify({ type: 'subscribe', channel: 'blockchain_events', data: { since: '0-0-0' } }))
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(String(data)) as { type: string; channel: string; data: ChainEvent }
    if (frame.type === 'event' && frame.channel === 'blockchain_events' && read(frame.data)) resolve()
  }
  socket.onclose = () => reject(new Error('the socket was closed'))
  await promise.finally(() => {
    socket.onclose = null
    socket.close()
  })
}

it.each([{ killed: false }, { killed: true }])(
  `${READS} reads at once after an event’s frame: none is older than the event (cache-owner killed every second: $killed)`,
  async ({ killed }) => {
    const system = await started()
    const { views } = system.serving
    const cache = system.caches.cache('contract_data')
    let killing = killed
    const kills = (async () => {
      for (; killing; await sleep(1_000)) await chaos('cache-owner', 'throw').catch(() => undefined)
    })()
    const stale: object[] = []
    let [reads, hits] = [0, 0]
    await atEachEvent(system, ({ id, type, blockHeight, accounts: [account] }) => {
      const kind = type.split('_')[0] ?? ''
      const read = (what: string, height: number): void => {
        reads += 1
        if (height < blockHeight) stale.push({ what, height, event: id })
      }
      const view = VIEW[kind]
      if (view) read(view, views.read(view).asOf.height)
      if (view && account) read(`${view}:${account}`, views.read(view, account).asOf.height)
      read('market_stats', views.read('market_stats').asOf.height)
      const tag = view ?? kind
      const entry = cache.get<{ height: number }>(`latest:${tag}`)
      if (entry) hits += 1
      read('cache', entry?.height ?? blockHeight)
      cache.set(`latest:${tag}`, { height: Math.max(blockHeight, system.caches.height) }, { tags: [tag] })
      return reads >= READS
    })
    killing = false
    await kills
    expect(stale).toEqual([])
    expect(hits).toBeGreaterThan(0)
    if (killed) expect(system.actors.tree().actors['cache-owner']?.restarts).toBeGreaterThan(2)
  },
  180_000,
)
