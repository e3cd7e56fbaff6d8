/** Every fault that a devnet can show, and what becomes of the log: in the end it holds what the chain says it did. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Devnet } from '../../src/devnet/devnet.ts'
import type { Faults } from '../../src/devnet/faults.ts'
import { devnetContracts, runDevnet } from '../../src/devnet/settings.ts'
import { digestOfLog } from './devnet-said.ts'
import { currentBlock, get, type Running, ready, temporaryFolder, until } from './seiche.ts'

const DIALECT = 'base64'
/** A silent node is given up soon, so that tests are. */
const IMPATIENT = { SEICHE_CHAIN_REQUEST_DEADLINE: '400', SEICHE_CHAIN_POLL_INTERVAL: '50' }

async function chain(faults: Faults = {}): Promise<Devnet> {
  const settings = {
    folder: temporaryFolder(),
    dialect: DIALECT,
    seed: 5,
    blockTime: 0,
    eventsPerBlock: 3,
    port: 0,
  } as const
  const node = await runDevnet({ ...settings, faults })
  onTestFinished(() => node.close())
  await node.advance(10)
  return node
}

async function following(node: Devnet, data: string = temporaryFolder(), flags: string[] = []): Promise<Running> {
  const config = join(data, 'plain.json')
  writeFileSync(config, JSON.stringify({ contracts: devnetContracts(DIALECT) }))
  return await ready(['start', '--rpc', node.url, '--data', data, '--config', config, ...flags], IMPATIENT)
}

const indexed = async (running: Running): Promise<number> =>
  currentBlock((await get(running, '/api/realtime/status')).body)

async function reaches(running: Running, height: number): Promise<void> {
  await until(
    () => indexed(running),
    (at) => at >= height,
  )
}

/** Health names this code; null: it is well. */
async function health(running: Running, code: string | null): Promise<void> {
  await until(
    () => get(running, '/api/realtime/health'),
    ({ status, body }) => {
      const named = (body['health'] as { code?: string } | undefined)?.code ?? null
      return named === code && status === (code === null ? 200 : 503)
    },
  )
}

/** The log holds what the chain did, and nobody had to be restarted for it. */
async function expectWhole(running: Running, node: Devnet): Promise<void> {
  await reaches(running, node.head())
  const { height, ...did } = node.said()
  expect(await digestOfLog(running)).toEqual(did)
  expect(await indexed(running)).toBe(height)
  const { body } = await get(running, '/api/realtime/actors')
  for (const actor of Object.values(body['actors'] as object)) expect(actor).toMatchObject({ generation: 1 })
}

/** Several blocks, each with time to be heard of. */
async function advance(node: Devnet, blocks: number): Promise<void> {
  for (let n = 0; n < blocks; n++) {
    await node.advance()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('asked again, read elsewhere or waited for: nothing is lost while it lasts', () => {
  const some = 0.3
  const cases: Record<string, Faults> = {
    hang: { hang: 0.1 },
    '429': { tooMany: { times: 3 } },
    '5xx': { status5xx: some },
    'a socket cut in the middle': { cut: some },
    truncation: { truncate: some },
    'a damaged byte': { garbage: some },
    'a body without end': { oversized: { times: 1 } },
    'a slow node': { slow: 60 },
    'refused batches': { batchRefused: some },
    'batches with an answer missing': { missingBatchEntries: some },
    'results that come late': { notYet: 3 },
    'chunked bodies': { framing: 'chunked' },
    'bodies with a length': { framing: 'length' },
    gzip: { gzip: true },
    'a silent WebSocket': { silentWebSocket: true },
    'a WebSocket that is dropped': { closeWebSocket: some },
    'a WebSocket closed by a node that restarts': { endWebSocket: some, endWebSocketCode: 1000 },
    'a WebSocket closed by a proxy that drains': { endWebSocket: some, endWebSocketCode: 1001 },
    'two heads behind one address': { twoHeads: 3 },
    'two faces that disagree': { twoFaces: true },
  }
  it.each(Object.entries(cases))(
    '%s',
    async (_, faults) => {
      const node = await chain(faults)
      const running = await following(node)
      await advance(node, 20)
      await reaches(running, 20)
      node.setFaults({}) // the last heights may lie behind a head that this fault hides
      await expectWhole(running, node)
    },
    150_000, // a node that fails so often is asked ever more seldom
  )
})

describe('lives through it, and goes on by itself when the node is well', () => {
  it('a node that falls behind, its height going back: what is indexed stays', async () => {
    const node = await chain()
    const running = await following(node)
    await reaches(running, node.head())
    const before = await indexed(running)
    node.setFaults({ lag: 6 })
    await advance(node, 3)
    expect(await indexed(running)).toBe(before)
    node.setFaults({})
    await advance(node, 3)
    await expectWhole(running, node)
  })

  it('half-open connections: given up after the deadline, opened anew', async () => {
    const node = await chain()
    const running = await following(node)
    await reaches(running, node.head())
    node.setFaults({ halfOpen: true })
    await advance(node, 5)
    await health(running, 'E_NO_ENDPOINT')
    node.setFaults({})
    await health(running, null)
    await advance(node, 3)
    await expectWhole(running, node)
  })

  it('a head that stands still is stale, and no illness', async () => {
    const node = await chain()
    const running = await following(node)
    await reaches(running, node.head())
    node.setFaults({ stall: true })
    await node.advance(5)
    await until(
      () => get(running, '/api/realtime/status'),
      ({ body }) => (body['status'] as { sync: { state: string } }).sync.state === 'stale',
    )
    await health(running, null)
    node.setFaults({})
    await expectWhole(running, node)
  }, 90_000)

  it.each([
    ['results that stay empty', { emptyResults: true }, 'E_SOURCE_INCAPABLE'],
    ['Autobahn', { autobahn: true }, 'E_SOURCE_INCAPABLE'],
    ['another chain behind the address', { otherChain: 'other-1' }, 'E_WRONG_CHAIN'],
  ] as const)('%s: not one height is indexed past it', async (_, faults, code) => {
    const node = await chain()
    const running = await following(node)
    await reaches(running, node.head())
    const before = await indexed(running)
    node.setFaults(faults)
    await advance(node, 10)
    await health(running, code)
    expect(await indexed(running)).toBeLessThan(node.head())
    expect(await indexed(running)).toBeGreaterThanOrEqual(before)
    node.setFaults({})
    await health(running, null)
    await expectWhole(running, node)
  })
})

it('pruned past the checkpoint: halted, named, and gone on above the gap only where that is accepted', async () => {
  const node = await chain()
  const data = temporaryFolder()
  const first = await following(node, data)
  await reaches(first, node.head())
  const gap = { from: node.head() + 1, to: node.head() + 9 }
  expect(await first.kill('SIGTERM')).toBe(0)
  await node.advance(20)
  node.setFaults({ prunedBelow: gap.to + 1 })
  const second = await following(node, data)
  await health(second, 'E_PRUNED')
  expect(await second.kill('SIGTERM')).toBe(0)
  const third = await following(node, data, ['--accept-gap'])
  await reaches(third, node.head())
  expect((await get(third, '/api/realtime/gaps')).body['gaps']).toMatchObject([gap])
})
