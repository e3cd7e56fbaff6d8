/** Queries of the chain's state, for what no event holds: off the hot path, through cosmjs, which is loaded when first used. */
import { CodedError } from '../../runtime/index.ts'
import { cometClient } from './cosmjs.ts'
import type { Endpoint, EndpointOptions } from './endpoint.ts'
import { Endpoints } from './endpoints.ts'
import { SourceError } from './errors.ts'

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

interface Answer {
  value: Uint8Array
  height: number
}

/** Pages of balances, of 100 denoms each, that are read of one account. */
const MOST_PAGES = 50

export function chainQueries({ endpoints: options, deadline, chainId }: ChainQueriesOptions): ChainQueries {
  let opened: Endpoints | undefined
  const endpoints = (): Endpoints => (opened ??= new Endpoints(options, chainId(), deadline))

  const ask = async (path: string, data: Uint8Array, signal: AbortSignal, height?: number): Promise<Answer> => {
    const failures: string[] = []
    for (const endpoint of inOrder(endpoints())) {
      signal.throwIfAborted()
      if (endpoint.chainId === null) await endpoints().probe(endpoint, signal)
      signal.throwIfAborted()
      try {
        if (endpoint.right) return await askOne(endpoint, path, data, signal, height)
        failures.push(`${endpoint.alias}: ${endpoint.setAside ?? endpoint.lastError?.message}`)
      } catch (error) {
        if (signal.aborted || (error instanceof CodedError && error.code === 'E_QUERY')) throw error
        endpoint.failed(error)
        failures.push(`${endpoint.alias}: ${(error as Error).message}`)
      }
    }
    throw new SourceError('E_NO_ENDPOINT', `no node answers queries (${failures.join('; ') || 'none is configured'})`)
  }

  return {
    smartQuery: async (contract, query, signal) => {
      const { QuerySmartContractStateRequest, QuerySmartContractStateResponse } = await import(
        'cosmjs-types/cosmwasm/wasm/v1/query'
      )
      const queryData = Buffer.from(JSON.stringify(query))
      const data = QuerySmartContractStateRequest.encode({ address: contract, queryData }).finish()
      const { value, height } = await ask('/cosmwasm.wasm.v1.Query/SmartContractState', data, signal)
      const { data: text } = QuerySmartContractStateResponse.decode(value)
      return { data: JSON.parse(Buffer.from(text).toString()), height }
    },
    balances: async (address, signal) => {
      const { QueryAllBalancesRequest, QueryAllBalancesResponse } = await import(
        'cosmjs-types/cosmos/bank/v1beta1/query'
      )
      const found: [string, string][] = []
      let asOf: number | undefined
      let key: Uint8Array = new Uint8Array()
      for (let page = 0; page < MOST_PAGES; page++) {
        const pagination = { key, offset: 0n, limit: 100n, countTotal: false, reverse: false }
        const data = QueryAllBalancesRequest.encode(
          QueryAllBalancesRequest.fromPartial({ address, pagination }),
        ).finish()
        const { value, height } = await ask('/cosmos.bank.v1beta1.Query/AllBalances', data, signal, asOf)
        asOf ??= height
        const answer = QueryAllBalancesResponse.decode(value)
        found.push(...answer.balances.map(({ denom, amount }): [string, string] => [denom, amount]))
        key = answer.pagination?.nextKey ?? new Uint8Array()
        if (key.length === 0) break
      }
      return { balances: Object.fromEntries(found), height: asOf ?? 0 }
    },
    close: async () => await opened?.close(),
  }
}

/** Who is not resting first; else in the order of configuration. */
function inOrder({ all }: Endpoints): Endpoint[] {
  return [...all].sort((one, other) => Number(one.resting) - Number(other.resting))
}

async function askOne(
  endpoint: Endpoint,
  path: string,
  data: Uint8Array,
  signal: AbortSignal,
  height?: number,
): Promise<Answer> {
  await endpoint.limiter.admit(1, signal)
  const client = await cometClient(endpoint.rpc, signal)
  const answer = await client.abciQuery({ path, data, ...(height ? { height } : {}) })
  endpoint.succeeded()
  if (answer.code !== 0)
    throw new CodedError('E_QUERY', `the chain refused the query: ${answer.log || `code ${answer.code}`}`)
  return { value: answer.value, height: answer.height ?? 0 }
}
