import { readFileSync } from 'node:fs'
import { QueryAllBalancesRequest, QueryAllBalancesResponse } from 'cosmjs-types/cosmos/bank/v1beta1/query'
import { QuerySmartContractStateRequest, QuerySmartContractStateResponse } from 'cosmjs-types/cosmwasm/wasm/v1/query'
import { describe, expect, it } from 'vitest'
import { indexRecording } from './indexed.ts'
import { type PoolAnswer, refundable, sharesShown, shownBy, toldBy } from './told.ts'

const WASMD2 = `${import.meta.dirname}/../recordings/wasmd2`

interface Recorded {
  path: string
  data: string
  code: number
  value: string | null
}
type Query = Record<string, Record<string, unknown>>

const lines = <Line>(file: string): Line[] =>
  readFileSync(`${WASMD2}/state/${file}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')

/** The recorded smart queries of our contracts; an answer of undefined: the contract did not find it. */
function smartQueries(height: number, ours: ReadonlySet<string>) {
  return lines<Recorded>(`queries-${height}.ndjson`).flatMap(({ path, data, code, value }) => {
    if (!path.endsWith('/SmartContractState')) return []
    const { address, queryData } = QuerySmartContractStateRequest.decode(bytes(data))
    if (!ours.has(address)) return []
    const query = JSON.parse(Buffer.from(queryData).toString()) as Query
    const answer = code === 0 ? QuerySmartContractStateResponse.decode(Buffer.from(value!, 'base64')).data : undefined
    return [{ address, query, answer: answer && (JSON.parse(Buffer.from(answer).toString()) as unknown) }]
  })
}

describe.each([132, 192])('wasmd2 up to height %i', (height) => {
  it('every entity is as the chain answered, in each field that events tell; and what the chain did not find is not there', () => {
    const indexed = indexRecording(WASMD2, height)
    const queries = smartQueries(height, new Set(Object.values(indexed.contracts)))
    const compared = queries.flatMap(({ address, query, answer }) => {
      const told = answer === undefined ? undefined : toldBy(query, answer)
      if (answer !== undefined && told === undefined) return [] // config, lists
      return [{ query, told, shown: indexed.read((tables) => shownBy(tables, address, query)) }]
    })
    expect(compared.map(({ query, shown }) => ({ query, is: shown }))).toEqual(
      compared.map(({ query, told }) => ({ query, is: told })),
    )
    const asked = new Set(compared.flatMap(({ query, told }) => (told ? Object.keys(query) : [])))
    expect([...asked].sort()).toEqual(QUERIES)
    expect(compared.length).toBeGreaterThan(60)
    expect(indexed.suspended()).toEqual([])
  })

  it('contributors would get back what the contract has written down for them, unless it was distributed', () => {
    const indexed = indexRecording(WASMD2, height)
    const groups = indexed.contracts['groups']!
    const pools = smartQueries(height, new Set([groups])).flatMap(({ query, answer }) =>
      'get_pool' in query && answer ? [answer as PoolAnswer] : [],
    )
    const raw = lines<{ address: string; models: { key: string; value: string }[] }>(`raw-${height}.ndjson`)
    const expected = refundable(raw.find(({ address }) => address === groups)!.models, pools)
    expect(Object.keys(expected).length).toBeGreaterThan(1)
    expect(indexed.read((tables) => sharesShown(tables, groups))).toEqual(expected)
  })

  it('the coins that events tell of are never more than the bank says a contract has', () => {
    const indexed = indexRecording(WASMD2, height)
    const balances = new Map<string, Record<string, string>>()
    for (const { path, data, value } of lines<Recorded>(`queries-${height}.ndjson`)) {
      if (!path.endsWith('/AllBalances')) continue
      const { balances: coins } = QueryAllBalancesResponse.decode(Buffer.from(value!, 'base64'))
      const { address } = QueryAllBalancesRequest.decode(bytes(data))
      balances.set(address, Object.fromEntries(coins.map(({ denom, amount }) => [denom, amount])))
    }
    const tables = ['transfers', 'groups', 'pots', 'vaults', 'escrow'].map((name) => `SELECT * FROM {${name}.tvl}`)
    const rows = indexed.read((read) =>
      tables.flatMap((sql) => read.all<{ contract: string; denom: string; coins: string }>(sql)),
    )
    expect(rows.length).toBeGreaterThan(3)
    const beyond = rows.filter(
      ({ contract, denom, coins }) => BigInt(coins) > BigInt(balances.get(contract)?.[denom] ?? 0),
    )
    expect(beyond).toEqual([])
  })
})

const QUERIES = [
  'get_case',
  'get_pool',
  'get_pot',
  'get_transfer',
  'get_vault',
  'resolve',
  'reverse_lookup',
  'user_position',
]
