import { describe, expect, it } from 'vitest'
import type { AppEvent } from '../../../src/devnet/app/types.ts'
import { applicationAt, contractInfos, play, type Recorded, readRecording, withEvmSenders } from './recorded.ts'

/** Height → which user signed the EVM transaction in it. */
const EVM: Readonly<Record<number, number>> = {
  87: 7,
  89: 7,
  91: 6,
  92: 6,
  94: 7,
  96: 7,
  98: 6,
  100: 6,
  102: 7,
  104: 7,
  106: 6,
  108: 6,
}
/** Those whose gas is not the recorded one, so that the fees of the block (and of the next, which hands them out) differ. */
const OTHER_GAS = [91, 92, 96, 98, 102, 104, 106, 108]
/** A minute had passed, at which Sei mints: that the devnet does not do. */
const EPOCH = 144

const recording = withEvmSenders(readRecording('sei2'), EVM)

describe('the transactions of sei2, executed again at their heights and times', () => {
  const application = applicationAt(recording)
  const played = recording.heights.map((height) => ({ height, executed: play(application, height) }))

  it('have the recorded codes, logs, data and events, attribute by attribute and in order', () => {
    const [expected, actual] = [[], []] as [unknown[], unknown[]]
    for (const { height, executed } of played) {
      const viaEvm = EVM[height.height] !== undefined
      expected.push(...height.results.map((result) => [height.height, comparable(result, viaEvm)]))
      actual.push(
        ...executed.results.map(({ data, ...result }) => {
          return [height.height, comparable({ ...result, data: Buffer.from(data).toString('base64') }, viaEvm)]
        }),
      )
    }
    expect(expected).toHaveLength(122)
    expect(actual).toEqual(expected)
  })

  it('are in blocks whose own events are the recorded ones, but where they follow from the gas of an EVM transaction', () => {
    const compared = played.filter(({ height: { height } }) => {
      return height !== EPOCH && !OTHER_GAS.includes(height) && !OTHER_GAS.includes(height - 1)
    })
    expect(compared.length).toBe(151 - 16)
    for (const { height, executed } of compared) expect(executed.events).toEqual(height.events)
  })

  it('tell of an EVM transaction its nonce and what went wrong', () => {
    const evm = played.flatMap(({ executed }) => executed.results.flatMap(({ evm }) => evm ?? []))
    expect(evm.map(({ nonce, vmError }) => (vmError ? [nonce, vmError] : [nonce]))).toEqual([
      [0],
      [1],
      [0],
      [1],
      [2, 'execution reverted'],
      [3],
      [2],
      [3, 'execution reverted'],
      [4],
      [5],
      [4],
      [5],
    ])
    for (const { txHash } of evm) expect(txHash).toMatch(/^0x[0-9a-f]{64}$/)
  })

  it('leave contracts of which ContractInfo says what was recorded, byte for byte', () => {
    for (const { request, recorded } of contractInfos('sei2')) {
      const { value, ...answer } = application.query('/cosmwasm.wasm.v1.Query/ContractInfo', request)
      expect({ ...answer, value: value && Buffer.from(value).toString('base64') }).toEqual(recorded)
    }
  })

  it('put the contracts where Sei puts them', () => {
    const { contracts, foreign } = recording.deploy
    expect(application.contracts()).toEqual([...Object.values(contracts), ...Object.values(foreign)])
  })
})

/**
 * Without what can't be equal: EVM addresses and hashes need Keccak; gas is reckoned, not metered, and with it the fee
 * that is given back and the one that is kept, the last events of a call of the precompile.
 */
function comparable({ code, codespace, log, data, events }: Recorded, viaEvm: boolean): Recorded {
  const compared = events?.map(withoutEvmAddress)
  const text = code === 11 ? log.replace(/gasUsed: \d+/, 'gasUsed: …') : log
  if (!viaEvm || !compared) return { code, codespace, data: viaEvm ? '…' : data, events: compared, log: text }
  const fees = compared.slice(1 + compared.findLastIndex(({ type }) => !/^(coin|wei)_received$/.test(type)))
  const amounts = code === 0 ? fees.map(({ attributes }) => attributes[1]![1]) : []
  const logged = amounts.reduce((log, amount) => log.replace(`"${amount}"`, '"…"'), text)
  if (code === 0) for (const { attributes } of fees) attributes[1]![1] = '…'
  return { code, codespace, data: '…', events: compared, log: logged }
}

function withoutEvmAddress({ type, attributes }: AppEvent): AppEvent {
  return { type, attributes: attributes.map(([key, value]) => [key, key === 'evm_addr' ? '0x…' : value]) }
}
