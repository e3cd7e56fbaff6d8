import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { DecodedRange } from '../../src/events/types.ts'
import type { EventStoreQuestions, StoreFault } from '../../src/protocol.ts'
import { type System, supervise, type WireSpec } from '../../src/runtime/index.ts'
import { wires } from '../../src/topology.ts'
import type { EventStoreBoot } from '../../workers/event-store.ts'
import { block, CONTRACTS, folder, range, readerOn, record, writerOn } from './support.ts'
import { projectedTables } from './tables-in-file.ts'
import { toyApp } from './toy-app.ts'

const log = Array.from({ length: 6 }, (_, n) =>
  block(n + 1, [record(0, 0, { data: { id: `${n}` }, accounts: ['wasm1a'] })]),
)
const app = (query: string) => `${new URL('./toy-app.ts', import.meta.url).href}?${query}`

/** The store's actor alone, with this test in the place of everybody at the other ends of its wires. */
function storeAlone(
  path: string,
  app: string,
  more: Partial<Pick<EventStoreBoot, 'minFreeBytes' | 'retain'>> = {},
): System {
  const own = Object.entries<WireSpec<unknown>>(wires).filter(([, { from, to }]) => [from, to].includes('event-store'))
  const toMain = own.map(([name, { from, to, credit }]) => [
    name,
    { credit, from: from === 'event-store' ? from : 'main', to: to === 'event-store' ? to : 'main' },
  ])
  const boot = {
    batchSize: 2_000,
    minFreeBytes: 0,
    retain: 'all',
    ...more,
    listeners: [],
    path,
    contracts: CONTRACTS,
    app,
    chainId: undefined,
  } as const
  return supervise(
    {
      ...{ strategy: 'one_for_one', intensity: 5, period: 60_000 },
      children: {
        'event-store': {
          entry: new URL('../../workers/event-store.ts', import.meta.url),
          stallAfter: 700,
          boot: (deaths): EventStoreBoot => ({ ...boot, deaths }),
        },
      },
    },
    { wires: Object.fromEntries(toMain) as Record<string, WireSpec<unknown>> },
  )
}

/** Sends the log from the start, again after each death, until all of it is committed and nothing is being rebuilt. */
async function fed(system: System, path: string): Promise<void> {
  const records = system.outlet<DecodedRange>('records')
  const reader = readerOn(path)
  const store = system.actor<EventStoreQuestions>('event-store')
  for (;;) {
    const resumed = await store.ask.resume().catch(() => undefined)
    const rebuilt = reader.projections().every(({ state }) => state !== 'rebuilding')
    if (resumed?.checkpoint.height === log.length && rebuilt) return
    if (resumed) records.trySend(range(log))
    await sleep(50)
  }
}

const standing = (path: string) =>
  readerOn(path)
    .projections()
    .map(({ name, state, height }) => `${name} ${state} ${height}`)

it('with too little room on the disk nothing is committed and it says so; with room it goes on, and nothing is lost', async () => {
  const path = folder()
  const full = storeAlone(path, app('full'), { minFreeBytes: Number.MAX_SAFE_INTEGER })
  const fault = new Promise<StoreFault>((resolve) => {
    void full.inlet<StoreFault | null>('store').each((told) => (told ? resolve(told) : undefined))
  })
  await full.start()
  full.outlet<DecodedRange>('records').trySend(range(log))
  expect(await fault).toEqual({ code: 'E_DISK_FULL', message: expect.stringContaining('store.minFreeBytes') })
  expect((await full.actor<EventStoreQuestions>('event-store').ask.resume()).checkpoint.height).toBe(0)
  await full.stop()

  const roomy = storeAlone(path, app('full'))
  await roomy.start()
  await fed(roomy, path)
  expect(readerOn(path).events({ order: 'asc', limit: 10 })).toHaveLength(log.length)
  await roomy.stop()
})

it('what is not to be kept is deleted between commits, with nobody asking for it', async () => {
  const path = folder()
  const store = storeAlone(path, app('retain'), { retain: { events: 2 } })
  await store.start()
  await fed(store, path)
  await expect.poll(() => readerOn(path).cut().height, { timeout: 10_000 }).toBe(4)
  expect(
    readerOn(path)
      .events({ order: 'asc', limit: 10 })
      .map(({ id }) => id),
  ).toEqual(['5-0-0', '6-0-0'])
  expect(standing(path)).toEqual(['people ok 6', 'sales ok 6'])
  await store.stop()
})

it('a projection that loops for ever is suspended after two deaths, live or in its rebuild, and the log goes on', async () => {
  const path = folder()
  const first = storeAlone(path, app('loopsAt=4'))
  await first.start()
  await fed(first, path)
  expect(standing(path)).toEqual(['people ok 6', 'sales suspended 3'])
  expect(readerOn(path).projections()[1]?.reason).toBe('block 4: it did not end, again and again')
  expect(readerOn(path).events({ order: 'asc', limit: 10 })).toHaveLength(log.length)
  const { 'event-store': store } = first.tree().actors
  expect(store).toMatchObject({ generation: 3, lastVerdict: { kind: 'blocked', progress: [4, 3] } })
  await first.stop()

  const second = storeAlone(path, app('loopsAt=2&version=2'))
  await second.start()
  await fed(second, path)
  expect(standing(path)).toEqual(['people ok 6', 'sales suspended 1'])
  expect(projectedTables(path)['sales.sale']).toHaveLength(1)
  expect(second.tree().actors['event-store']?.generation).toBe(3)
  await second.stop()

  const mended = storeAlone(path, app('version=3'))
  await mended.start()
  await fed(mended, path)
  expect(standing(path)).toEqual(['people ok 6', 'sales ok 6'])
  expect(mended.tree().actors['event-store']?.generation).toBe(1)
  await mended.stop()
  const clean = folder()
  writerOn(clean, toyApp()).commit(range(log))
  expect(projectedTables(path)).toEqual(projectedTables(clean))
}, 60_000)
