import { describe, expect, it, onTestFinished } from 'vitest'
import type { Faults } from '../../src/devnet/faults.ts'
import { startTape, type Tape } from '../../src/devnet/tape.ts'
import { expectedEvents } from '../seimoney/expectation.ts'
import { RECORDINGS } from './recordings.ts'
import { logUpTo, type Running, ready, temporaryFolder } from './seiche.ts'
import { subscribe } from './subscriber.ts'

async function node(dir: string, faults: Faults): Promise<Tape> {
  const tape = await startTape({ dir, pace: 0, faults })
  onTestFinished(() => tape.close())
  return tape
}

async function following(...tapes: Tape[]): Promise<Running> {
  const contracts = Object.entries(tapes[0]?.recording.contracts ?? {}).flatMap(([name, address]) => [
    '--contract',
    `${name}=${address}`,
  ])
  const nodes = tapes.flatMap(({ url }) => ['--rpc', url])
  return await ready(['start', ...nodes, ...contracts, '--data', temporaryFolder()], {
    SEICHE_CHAIN_REQUEST_DEADLINE: '300',
  })
}

const FLAKY: Faults = {
  cut: 0.04,
  truncate: 0.04,
  status5xx: 0.04,
  tooMany: 0.02,
  hang: 0.02,
  garbage: 0.04,
  missingBatchEntries: 0.04,
  notYet: 1,
}

describe.each(Object.entries(RECORDINGS))('%s', (_name, { dir, to }) => {
  it('through one node that is cut, truncated, refused, hung and late, every event arrives once, as in the golden file', async () => {
    const running = await following(await node(dir, { ...FLAKY, seed: 7 }))
    const client = subscribe(running.ws)
    const expected = expectedEvents(dir).map(({ event }) => event)
    expect(await logUpTo(running, to)).toEqual(expected)
    await client.until(({ events }) => events.length >= expected.length)
    expect(client.events).toEqual(expected)
  }, 120_000)

  it('beside a node that lags and one of another chain, which is never read', async () => {
    const other = await node(dir, { otherChain: 'other-1' })
    const lagging = await node(dir, { lag: 40 })
    const running = await following(lagging, other, await node(dir, { ...FLAKY, seed: 3 }))
    expect(await logUpTo(running, to)).toEqual(expectedEvents(dir).map(({ event }) => event))
    expect(other.requests().get('block_results') ?? 0).toBe(0)
  }, 120_000)
})
