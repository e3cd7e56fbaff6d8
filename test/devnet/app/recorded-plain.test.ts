import { QueryAllContractStateRequest, QueryAllContractStateResponse } from 'cosmjs-types/cosmwasm/wasm/v1/query'
import { describe, expect, it } from 'vitest'
import type { AppEvent } from '../../../src/devnet/app/types.ts'
import { applicationAt, contractInfos, lines, play, type Recorded, readRecording } from './recorded.ts'

const recording = readRecording('wasmd2')

describe('the transactions of wasmd2, executed again at their heights and times', () => {
  const application = applicationAt(recording)
  const played = recording.heights.map((height) => ({ height, executed: play(application, height) }))

  it('have the recorded codes, logs, data and events, attribute by attribute and in order', () => {
    const [expected, actual] = [[], []] as [unknown[], unknown[]]
    for (const { height, executed } of played) {
      expected.push(...height.results.map((result, n) => [height.height, n, comparable(result)]))
      actual.push(
        ...executed.results.map(({ data, ...result }, n) => {
          return [height.height, n, comparable({ ...result, data: Buffer.from(data).toString('base64') })]
        }),
      )
    }
    expect(expected).toHaveLength(239)
    expect(actual).toEqual(expected)
  })

  it('are in blocks whose own events are the recorded ones, but for amounts', () => {
    for (const { height, executed } of played) {
      // The epochs module tells of each minute that passed; here there is none.
      const recorded = height.events.filter(({ type }) => !type.startsWith('cosmos.epochs.'))
      expect(executed.events.map(withoutAmounts)).toEqual(recorded.map(withoutAmounts))
    }
  })

  it('leave contracts of which ContractInfo says what was recorded, byte for byte', () => {
    for (const { request, recorded } of contractInfos('wasmd2')) {
      const { value, ...answer } = application.query('/cosmwasm.wasm.v1.Query/ContractInfo', request)
      expect({ ...answer, value: value && Buffer.from(value).toString('base64') }).toEqual(recorded)
    }
  })

  it('put the contracts where wasmd puts them', () => {
    const { contracts, foreign } = recording.deploy
    expect(application.contracts()).toEqual([...Object.values(contracts), ...Object.values(foreign)])
  })
})

describe.each([132, 192])('the state after height %i', (height) => {
  const application = applicationAt(recording)
  for (const recorded of recording.heights) if (recorded.height <= height) play(application, recorded)

  it('answers every recorded smart query and balance with the recorded bytes, and refuses in the recorded words', () => {
    const queries = lines<{ path: string; data: string; code: number; codespace: string; log: string; value: string }>(
      'wasmd2',
      'state',
      `queries-${height}.ndjson`,
    )
    expect(queries.length).toBeGreaterThan(100)
    for (const { path, data, ...recorded } of queries) {
      const { value, ...answer } = application.query(path, Buffer.from(data, 'hex'))
      const actual = { ...answer, value: value && Buffer.from(value).toString('base64') }
      expect({ path, data, ...actual }).toEqual({ path, data, ...recorded })
    }
  })

  it('holds the recorded raw state of every contract, key by key', () => {
    for (const { address, models } of lines<{ address: string; models: { key: string; value: string }[] }>(
      'wasmd2',
      'state',
      `raw-${height}.ndjson`,
    )) {
      const request = QueryAllContractStateRequest.encode(
        QueryAllContractStateRequest.fromPartial({ address }),
      ).finish()
      const { value } = application.query('/cosmwasm.wasm.v1.Query/AllContractState', request)
      const held = QueryAllContractStateResponse.decode(value!).models.map(({ key, value }) => ({
        key: Buffer.from(key).toString('hex'),
        value: Buffer.from(value).toString(),
      }))
      expect(held).toEqual(models)
    }
  })
})

/** The gas at which one transaction runs out is named in its log; ours is reckoned, not metered. */
function comparable({ code, codespace, log, data, events }: Recorded): Recorded {
  return { code, codespace, data, events, log: code === 11 ? log.replace(/gasUsed: \d+/, 'gasUsed: …') : log }
}

/** What is minted follows from inflation and stake on a real chain and is constant here; all that is paid on follows from it. */
function withoutAmounts({ type, attributes }: AppEvent): AppEvent {
  const reckoned = ['amount', 'bonded_ratio', 'inflation', 'annual_provisions']
  return { type, attributes: attributes.map(([key, value]) => [key, reckoned.includes(key) ? '…' : value]) }
}
