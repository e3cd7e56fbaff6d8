import { expect, it, onTestFinished } from 'vitest'
import { schema } from '../../src/config/schema.ts'
import { devnetContracts } from '../../src/devnet/settings.ts'
import { createSystem } from '../../src/system.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { temporaryFolder } from './seiche.ts'
import { subscribe } from './subscriber.ts'

const STAGES = ['fetch', 'decode', 'commit', 'publish']

it('what blocks at the tip take is told stage by stage, and until clients have them, once for each', async () => {
  const data = temporaryFolder()
  const config = schema.parse({
    ...{ contracts: devnetContracts('plain'), app: 'seimoney', store: { path: data } },
    ...{ gateway: { port: 0 }, control: { port: 0 } },
  })
  const node = {
    folder: `${data}/devnet`,
    dialect: 'plain',
    seed: 2,
    blockTime: 50,
    eventsPerBlock: 4,
    port: 0,
  } as const
  const system = createSystem(config, { log: createLogger({ format: 'json', level: 'error' }), node })
  onTestFinished(() => system.shutdown())
  await system.start()
  const client = subscribe(`ws://127.0.0.1:${system.ws.port}`)
  onTestFinished(() => client.close())
  await client.until(({ events }) => events.length > 200)

  const text = await (await fetch(`http://127.0.0.1:${system.http.port}/metrics`)).text()
  const value = (name: string): number => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1])
  const counts = STAGES.map((stage) => value(`seiche_stage_duration_seconds_count\\{stage="${stage}"\\}`))
  expect(counts[0]).toBeGreaterThan(0)
  expect(new Set(counts).size).toBe(1)
  for (const stage of STAGES)
    expect(value(`seiche_stage_duration_seconds_sum\\{stage="${stage}"\\}`)).toBeGreaterThan(0)
  const delivered = value('seiche_delivery_seconds_count\\{door="websocket"\\}')
  expect(delivered).toBeGreaterThan(0)
  expect(delivered).toBeLessThanOrEqual(counts[0] ?? 0)
  expect(text).not.toContain('seiche_delivery_seconds_count{door="socket.io"}')
}, 60_000)
