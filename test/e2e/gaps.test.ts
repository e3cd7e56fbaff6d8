import { expect, it } from 'vitest'
import { loadRecording } from '../../src/devnet/recording.ts'
import { expectedEvents } from '../seimoney/expectation.ts'
import { RECORDINGS } from './recordings.ts'
import { command, currentBlock, get, logUpTo, ready, temporaryFolder, until } from './seiche.ts'
import { unwellNode } from './unwell-node.ts'

const { dir, from, to } = RECORDINGS.wasmd2
const contracts = Object.entries(loadRecording(dir).contracts).flatMap(([name, address]) => [
  '--contract',
  `${name}=${address}`,
])
const heights = (events: Record<string, unknown>[]): number[] => events.map(({ blockHeight }) => Number(blockHeight))
const expectedHeights = expectedEvents(dir).map(({ event }) => event.blockHeight)

it('[P4] a block that no node gives in a form that can be read halts the source; skip leaves it out, and the gap is told', async () => {
  const bad = 100
  const rpc = await unwellNode(dir, ({ method, params }, answer) =>
    method === 'block_results' && Number(params?.['height']) === bad
      ? { ...answer, result: { height: String(bad), txs_results: 'garbage' } }
      : answer,
  )
  const data = temporaryFolder()
  const start = () => ready(['start', '--rpc', rpc, ...contracts, '--data', data, '--start-height', String(from)])
  const running = await start()
  const health = await until(
    () => get(running, '/api/realtime/health'),
    ({ body }) => (body['error'] as { code?: string } | undefined)?.code === 'E_POISON_BLOCK',
  )
  expect(health.status).toBe(503)
  expect(JSON.stringify(health.body['error'])).toContain(`seiche skip --height ${bad}`)
  expect(heights(await logUpTo(running, bad - 1)).at(-1)).toBeLessThan(bad)
  await running.kill('SIGTERM')

  const skip = (height: number) => command(['skip', '--height', String(height), '--data', data, '--log', 'json'])
  const wrong = skip(bad + 1)
  expect(await wrong.exited).toBe(1)
  expect(wrong.stderr()).toContain(`E_NOT_NEXT: only the next height can be skipped, and that is ${bad}`)
  expect(await skip(bad).exited).toBe(0)
  const again = await start()
  expect(heights(await logUpTo(again, to))).toEqual(expectedHeights.filter((height) => height !== bad))
  expect((await get(again, '/api/realtime/gaps')).body).toMatchObject({ gaps: [{ from: bad, to: bad }] })
}, 120_000)

it('[P5] heights that every node has pruned halt the source, unless gaps are accepted; then the gap is told', async () => {
  const [reached, kept] = [60, 90]
  let pruned = false
  const rpc = await unwellNode(dir, ({ method }, answer) => {
    if (method !== 'status') return answer
    const status = structuredClone(answer) as { id: unknown; result: { sync_info: Record<string, string> } }
    if (pruned) status.result.sync_info['earliest_block_height'] = String(kept)
    else status.result.sync_info['latest_block_height'] = String(reached)
    return status
  })
  const data = temporaryFolder()
  const start = (...flags: string[]) =>
    ready(['start', '--rpc', rpc, ...contracts, '--data', data, '--start-height', String(from), ...flags])
  const first = await start()
  await logUpTo(first, reached)
  await first.kill('SIGTERM')
  pruned = true
  const halted = await start()
  await until(
    () => get(halted, '/api/realtime/health'),
    ({ body }) => (body['error'] as { code?: string } | undefined)?.code === 'E_PRUNED',
  )
  expect(currentBlock((await get(halted, '/api/realtime/status')).body)).toBe(reached)
  await halted.kill('SIGTERM')

  const going = await start('--accept-gap')
  const missing = (height: number): boolean => height > reached && height < kept
  expect(heights(await logUpTo(going, to))).toEqual(expectedHeights.filter((height) => !missing(height)))
  expect((await get(going, '/api/realtime/gaps')).body).toMatchObject({ gaps: [{ from: reached + 1, to: kept - 1 }] })
  expect(await (await fetch(`${going.http}/metrics`)).text()).toContain('\nseiche_ledger_gaps 1\n')
}, 120_000)
