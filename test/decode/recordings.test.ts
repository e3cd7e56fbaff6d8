import { Comet38Client } from '@cosmjs/tendermint-rpc'
import { describe, expect, it } from 'vitest'
import { readBlock } from '../../src/chain/decode/block.ts'
import { decodeWhole } from '../../src/chain/decode/oracle.ts'
import { prepareNeedles, scanBlockResults } from '../../src/chain/decode/scan.ts'
import { readTxResult } from '../../src/chain/decode/tx.ts'
import { plainApp } from '../../src/events/app.ts'
import seimoney from '../../src/seimoney/app.ts'
import { autobahn, curious, decodeFast, type Golden, type Recording, recordings } from './support.ts'

describe.each(recordings)('the recording $name', (recording) => {
  const { dialect, contracts, heights, golden } = recording

  it.each([
    ['no app', plainApp],
    ['SeiMoney', seimoney],
    ['an app that asks for every fact', curious],
  ])('decodes as the reference does, without a fallback, for %s', (_, app) => {
    for (const { blockResults, block } of heights) {
      const { scan, block: fast } = decodeFast(blockResults, block, { contracts, app })
      expect(scan).toMatchObject({ trusted: true, txCount: readBlock(Buffer.from(block))?.txCount })
      expect(fast).toEqual(decodeWhole(blockResults, block, { contracts, app, dialect }))
    }
  })

  it('gives exactly the events of the golden file, with their positions, hashes and attributes', () => {
    const ours = heights.flatMap(({ blockResults, block }) => {
      const { block: decoded } = decodeFast(blockResults, block, { contracts, app: curious })
      return decoded.records
        .filter(({ type }) => type !== 'wasm')
        .map((record) => ({ height: decoded.height, time: decoded.time, ...record }))
    })
    expect(ours.map(comparable)).toEqual(golden.map(expected))
  })

  it('knows the message of each event', () => {
    const byHeight = Map.groupBy(golden, ({ height }) => height)
    let seen = 0
    for (const { scan } of scans(recording)) {
      for (const { tx_index, event_index, msg_index } of byHeight.get(scan.height) ?? []) {
        const hit = scan.hits.find(({ txIndex }) => txIndex === tx_index)
        const { events } = readTxResult(Buffer.from(hit?.json ?? []).toString(), dialect)
        expect(events[event_index]?.message).toBe(msg_index)
        seen += 1
      }
    }
    expect(seen).toBe(golden.length)
  })

  it('is read the same when the dialect is known beforehand, and refused in the other one', () => {
    const needles = prepareNeedles(contracts.map(({ address }) => address))
    const other = dialect === 'plain' ? 'base64' : 'plain'
    for (const { body, scan } of scans(recording)) {
      expect(scanBlockResults(body, { needles, dialect }).hits).toEqual(scan.hits)
      expect(() => scanBlockResults(body, { needles, dialect: other })).toThrow(
        expect.objectContaining({ code: 'E_DIALECT' }),
      )
    }
  })

  it('says which height was read', () => {
    for (const { body, scan } of scans(recording)) {
      const answer = JSON.parse(body.toString())
      expect(String(scan.height)).toBe((answer.result ?? answer).height)
    }
  })
})

const plain = recordings.filter(({ dialect }) => dialect === 'plain')

it.each(plain)('cosmjs finds the same events in $name', async ({ contracts, heights }) => {
  const names = new Map(contracts.map(({ name, address }) => [address, name]))
  for (const { blockResults, block } of heights) {
    const answer = JSON.parse(blockResults)
    const client = Comet38Client.create({
      execute: async ({ id }) => ({ jsonrpc: '2.0', id, result: answer.result ?? answer }),
      disconnect: () => {},
    })
    const { results } = await client.blockResults(1)
    const theirs = results.flatMap(({ code, events }, txIndex) =>
      events.flatMap(({ type, attributes: [address, ...rest] }, eventIndex) => {
        const contract = names.get(address?.key === '_contract_address' ? address.value : '')
        if (code !== 0 || !contract || !/^wasm(-|$)/.test(type)) return []
        const attrs = rest.slice(0, -1).map(({ key, value }) => [key, value])
        return [{ txIndex, eventIndex, type: type.replace(/^wasm-/, ''), contract, attrs }]
      }),
    )
    const { records } = decodeFast(blockResults, block, { contracts, app: curious }).block
    const ours = records.map(({ txIndex, eventIndex, type, contract, data }) => ({
      ...{ txIndex, eventIndex, type, contract, attrs: Object.entries(data) },
    }))
    expect(ours).toEqual(theirs)
  }
})

it.each(recordings.filter(({ foreign }) => foreign.length))(
  'foreign contracts of $name yield nothing',
  ({ foreign, contracts, heights }) => {
    const occurring = heights.filter(({ blockResults }) => foreign.some((address) => occurs(blockResults, address)))
    expect(occurring.length).toBeGreaterThan(5)
    for (const { blockResults, block } of occurring)
      for (const { contractAddress } of decodeFast(blockResults, block, { contracts, app: plainApp }).block.records)
        expect(foreign).not.toContain(contractAddress)
  },
)

it('Sei calls through the EVM carry the hash that wallets know', () => {
  const evm = recordings.flatMap(({ heights, contracts, dialect }) =>
    heights.flatMap(({ blockResults, block }) =>
      dialect === 'plain' ? [] : decodeFast(blockResults, block, { contracts, app: plainApp }).block.records,
    ),
  )
  const hashes = evm.flatMap(({ evmTxHash }) => evmTxHash ?? [])
  expect(hashes.length).toBeGreaterThan(4)
  for (const hash of hashes) expect(hash).toMatch(/^0x[0-9a-f]{64}$/)
})

it('a node that keeps no results (Autobahn) shows it: no results where the block has transactions', () => {
  const counts = autobahn.heights.map(({ blockResults, block }) => {
    const { scan, block: decoded } = decodeFast(blockResults, block, { contracts: autobahn.contracts, app: plainApp })
    expect(decoded.records).toEqual([])
    return [scan.txCount, readBlock(Buffer.from(block))?.txCount ?? 0]
  })
  expect(counts.every(([results]) => results === 0)).toBe(true)
  expect(counts.some(([, txs = 0]) => txs > 0)).toBe(true)
})

function* scans({
  contracts,
  heights,
}: Recording): Generator<{ body: Buffer; scan: ReturnType<typeof scanBlockResults> }> {
  const needles = prepareNeedles(contracts.map(({ address }) => address))
  for (const { blockResults } of heights) {
    const body = Buffer.from(blockResults)
    yield { body, scan: scanBlockResults(body, { needles, dialect: undefined }) }
  }
}

function occurs(text: string, address: string): boolean {
  return text.includes(address) || text.includes(Buffer.from(address).toString('base64'))
}

type Ours = { height: number; time: string } & ReturnType<typeof decodeFast>['block']['records'][number]

function comparable({ height, time, txIndex, txHash, eventIndex, type, contractAddress, data }: Ours): object {
  return { height, time, txIndex, txHash, eventIndex, type, contractAddress, attrs: Object.entries(data) }
}

function expected({ height, time, tx_index, tx_hash, event_index, type, contract, attrs }: Golden): object {
  return {
    ...{ height, time, txIndex: tx_index, txHash: tx_hash, eventIndex: event_index, type },
    contractAddress: contract,
    attrs,
  }
}
