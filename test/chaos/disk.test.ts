import { expect, it, onTestFinished } from 'vitest'
import { schema } from '../../src/config/schema.ts'
import { loadRecording } from '../../src/devnet/recording.ts'
import { createSystem, type SeicheSystem } from '../../src/system.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { chaos, obedient } from '../../src/testing/index.ts'
import { RECORDINGS } from '../e2e/recordings.ts'
import { get, logUpTo, temporaryFolder, until } from '../e2e/seiche.ts'
import { expectedEvents } from '../seimoney/expectation.ts'
import { type Disk, tellDisk } from '../soak/disk.ts'

const { dir, to } = RECORDINGS.wasmd2
const expected = expectedEvents(dir).map(({ event }) => event)
const PRELOAD = new URL('../soak/disk-preload.ts', import.meta.url).href
const CODES: Record<Disk, string> = { 'disk full': 'E_DISK_FULL', 'read-only': 'E_READ_ONLY' }
const DISKS = Object.keys(CODES) as Disk[]
/** Longer than a test, ms. */
const FOR_EVER = 600_000

async function replaying(): Promise<{ system: SeicheSystem; http: string }> {
  const config = schema.parse({
    contracts: loadRecording(dir).contracts,
    store: { path: temporaryFolder() },
    ...{ gateway: { port: 0 }, control: { port: 0 }, log: { format: 'json', level: 'error' } },
    app: 'seimoney',
  })
  const system = createSystem(config, {
    ...{ log: createLogger(config.log), node: { dir, pace: 30 } },
    adjust: (name, spec) => obedient(name === 'event-store' ? { ...spec, execArgv: ['--import', PRELOAD] } : spec),
  })
  onTestFinished(() => system.shutdown())
  await system.start()
  return { system, http: `http://127.0.0.1:${system.http.port}` }
}

const generationOf = ({ actors }: SeicheSystem): number | undefined => actors.tree().actors['event-store']?.generation

async function healthSays(http: string, code: string): Promise<void> {
  await until(
    () => get({ http }, '/api/realtime/health'),
    ({ body }) => (body['error'] as { code: string } | undefined)?.code === code,
  )
}

async function isWell(http: string): Promise<void> {
  expect(await logUpTo({ http }, to)).toEqual(expected)
  await until(
    () => get({ http }, '/api/realtime/health'),
    ({ status }) => status === 200,
  )
}

it.each(DISKS)('%s: health names it, the store waits, and goes on by itself; nothing is lost', async (disk) => {
  const { system, http } = await replaying()
  tellDisk(disk, FOR_EVER)
  await healthSays(http, CODES[disk])
  tellDisk(disk, 0)
  await isWell(http)
  expect(generationOf(system)).toBe(1)
})

it.each(DISKS)(
  '%s, and the store’s thread dies of something else meanwhile: its successor is well, and health says so',
  async (disk) => {
    const { system, http } = await replaying()
    tellDisk(disk, FOR_EVER)
    await healthSays(http, CODES[disk])
    await chaos('event-store', 'exit')
    await isWell(http)
    expect(generationOf(system)).toBe(2)
  },
)
