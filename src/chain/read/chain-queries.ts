/** Queries of the chain's state, for what no event holds: off the hot path. The types of cosmjs and the HTTP client are loaded when first used. */
import { CodedError } from '../../runtime/index.ts'
import { askAround } from './ask-around.ts'
import type { Endpoint, EndpointOptions } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import { fields, orMalformed, text, whole } from './fields.ts'

export interface ChainQueriesOptions {
  /** In order of preference. */
  endpoints: readonly EndpointOptions[]
  /** Longest silence of a node, ms. */
  deadline: number
  /** The chain that must be served, asked when a query is first made; null: that of the first endpoint that answers. */
  chainId(): string | null
}

/**
 * Each answer with the height it is as of. A node that fails is left alone for a while, and the next one asked.
 * @throws SourceError `E_NO_ENDPOINT` when no node answers; CodedError `E_QUERY` when one does, and the answer is no
 */
export interface ChainQueries {
  /** Asks a contract: `cosmwasm.wasm.v1.Query/SmartContractState`. */
  smartQuery(contract: string, query: object, signal: AbortSignal): Promise<{ data: unknown; height: number }>
  /** Bank balances by denom: `cosmos.bank.v1beta1.Query/AllBalances`. */
  balances(address: string, signal: AbortSignal): Promise<{ balances: Record<string, string>; height: number }>
  close(): Promise<void>
}

interface Query<T> {
  path: string
  data: Uint8Array
  /** Throws when the answer is none. */
  read(answer: Uint8Array): T
  /** Default: the newest. */
  height?: number | undefined
}

interface Answer<T> {
  value: T
  height: number
}

type Ask = <T>(query: Query<T>, signal: AbortSignal) => Promise<Answer<T>>

/** Denoms asked for at once, and how often, of one account. */
const PAGE = 100n
const MOST_PAGES = 50

export function chainQueries({ endpoints: options, deadline, chainId }: ChainQueriesOptions): ChainQueries {
  let opened: Endpoints | undefined
  const endpoints = async (): Promise<Endpoints> => {
    const { Endpoints } = await import('./endpoints.ts') // its HTTP client is 20 MB, which a thread that asks nothing goes without
    opened ??= new Endpoints(options, chainId(), deadline)
    return opened
  }

  const ask: Ask = async (query, signal) =>
    await askAround(await endpoints(), (endpoint) => askOne(endpoint, query, signal), signal)

  return {
    smartQuery: async (contract, question, signal) => {
      const wasm = await import('cosmjs-types/cosmwasm/wasm/v1/query')
      const queryData = Buffer.from(JSON.stringify(question))
      const { value, height } = await ask(
        {
          path: '/cosmwasm.wasm.v1.Query/SmartContractState',
          data: wasm.QuerySmartContractStateRequest.encode({ address: contract, queryData }).finish(),
          read: (answer) => {
            const { data } = wasm.QuerySmartContractStateResponse.decode(answer)
            return JSON.parse(Buffer.from(data).toString()) as unknown
          },
        },
        signal,
      )
      return { data: value, height }
    },
    balances: async (address, signal) => {
      const bank = await import('cosmjs-types/cosmos/bank/v1beta1/query')
      const found: [string, string][] = []
      let asOf: number | undefined
      let key: Uint8Array = new Uint8Array()
      for (let page = 0; page < MOST_PAGES; page++) {
        const request = bank.QueryAllBalancesRequest.fromPartial({ address, pagination: { key, limit: PAGE } })
        const { value, height } = await ask(
          {
            path: '/cosmos.bank.v1beta1.Query/AllBalances',
            data: bank.QueryAllBalancesRequest.encode(request).finish(),
            read: (answer) => bank.QueryAllBalancesResponse.decode(answer),
            height: asOf,
          },
          signal,
        )
        asOf ??= height
        found.push(...value.balances.map(({ denom, amount }): [string, string] => [denom, amount]))
        key = value.pagination?.nextKey ?? new Uint8Array()
        if (key.length === 0) break
      }
      return { balances: Object.fromEntries(found), height: asOf ?? 0 }
    },
    close: async () => await opened?.close(),
  }
}

async function askOne<T>({ rpc }: Endpoint, query: Query<T>, signal: AbortSignal): Promise<Answer<T>> {
  const { path, data, read, height } = query
  const params = {
    path,
    data: Buffer.from(data).toString('hex'),
    prove: false,
    ...(height ? { height: `${height}` } : {}),
  }
  const answer = readAnswer(await rpc.call('abci_query', params, signal))
  if (answer.code !== 0)
    throw new CodedError('E_QUERY', `the chain refused the query: ${answer.log || `code ${answer.code}`}`)
  return { value: read(answer.value), height: answer.height }
}

/** By hand: the client of cosmjs for this one method is 29 MB in the thread that asks. */
function readAnswer(result: unknown): { code: number; log: string; value: Uint8Array; height: number } {
  return orMalformed('abci_query', () => {
    const { code, log, value, height } = fields(fields(result, 'result')['response'], 'response')
    return {
      ...{ code: whole(code ?? 0, 'code'), log: text(log ?? '', 'log'), height: whole(height ?? 0, 'height') },
      value: Buffer.from(text(value ?? '', 'value'), 'base64'),
    }
  })
}
