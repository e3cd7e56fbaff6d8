import { expect, it, onTestFinished } from 'vitest'
import { loadRecording } from '../../src/devnet/recording.ts'
import { startTape } from '../../src/devnet/tape.ts'
import { expectedEvents } from '../seimoney/expectation.ts'
import { RECORDINGS, SEI_EVM } from './recordings.ts'
import { logUpTo, ready, temporaryFolder } from './seiche.ts'

it.each([
  { from: 801, to: 809, events: 0 },
  { from: 955, to: 956, events: 2 },
])(
  'the EVM transactions of heights $from–$to: calls through the precompile are events, with the hash a wallet knows',
  async ({ from, to, events }) => {
    const tape = await startTape({ dir: SEI_EVM, from, to })
    onTestFinished(() => tape.close())
    const { contracts } = loadRecording(RECORDINGS.sei.dir)
    const named = Object.entries(contracts).flatMap(([name, address]) => ['--contract', `${name}=${address}`])
    const running = await ready([
      'start',
      '--rpc',
      tape.url,
      '--start-height',
      `${from}`,
      ...named,
      '--data',
      temporaryFolder(),
    ])
    const log = await logUpTo(running, to)
    const expected = expectedEvents(SEI_EVM).map(({ event }) => event)
    expect(log).toEqual(expected.filter(({ blockHeight }) => blockHeight >= from && blockHeight <= to))
    expect(log).toHaveLength(events)
    expect(log.every(({ evmTxHash }) => /^0x[0-9a-f]{64}$/.test(String(evmTxHash)))).toBe(true)
  },
)
