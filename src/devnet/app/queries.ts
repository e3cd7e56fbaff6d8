/** Answers gRPC paths as `abci_query` does, by the state after the last block. */

import { createHash } from 'node:crypto'
import { BaseAccount } from 'cosmjs-types/cosmos/auth/v1beta1/auth'
import { QueryAccountRequest, QueryAccountResponse } from 'cosmjs-types/cosmos/auth/v1beta1/query'
import {
  QueryAllBalancesRequest,
  QueryAllBalancesResponse,
  QueryBalanceRequest,
  QueryBalanceResponse,
  QuerySupplyOfRequest,
  QuerySupplyOfResponse,
  QueryTotalSupplyResponse,
} from 'cosmjs-types/cosmos/bank/v1beta1/query'
import { SimulateRequest, SimulateResponse } from 'cosmjs-types/cosmos/tx/v1beta1/service'
import {
  CodeInfoResponse,
  QueryAllContractStateRequest,
  QueryAllContractStateResponse,
  QueryCodeRequest,
  QueryCodeResponse,
  QueryCodesResponse,
  QueryContractInfoRequest,
  QueryContractInfoResponse,
  QueryContractsByCodeRequest,
  QueryContractsByCodeResponse,
  QueryRawContractStateRequest,
  QueryRawContractStateResponse,
  QuerySmartContractStateRequest,
  QuerySmartContractStateResponse,
} from 'cosmjs-types/cosmwasm/wasm/v1/query'
import type { ChainState } from './chain-state.ts'
import { deliver } from './deliver.ts'
import { Failure } from './failure.ts'
import type { QueryResult } from './types.ts'

type Answer = (state: ChainState, data: Uint8Array) => Uint8Array

const ANSWERS: Readonly<Record<string, Answer>> = {
  '/cosmwasm.wasm.v1.Query/ContractInfo': contractInfo,
  '/cosmwasm.wasm.v1.Query/SmartContractState': smart,
  '/cosmwasm.wasm.v1.Query/RawContractState': raw,
  '/cosmwasm.wasm.v1.Query/AllContractState': allState,
  '/cosmwasm.wasm.v1.Query/ContractsByCode': contractsByCode,
  '/cosmwasm.wasm.v1.Query/Code': code,
  '/cosmwasm.wasm.v1.Query/Codes': codes,
  '/cosmos.bank.v1beta1.Query/Balance': balance,
  '/cosmos.bank.v1beta1.Query/AllBalances': allBalances,
  '/cosmos.bank.v1beta1.Query/TotalSupply': totalSupply,
  '/cosmos.bank.v1beta1.Query/SupplyOf': supplyOf,
  '/cosmos.auth.v1beta1.Query/Account': account,
  '/cosmos.tx.v1beta1.Service/Simulate': simulate,
}

/** Never throws for what a request holds. */
export function answerQuery(state: ChainState, path: string, data: Uint8Array): QueryResult {
  try {
    const answer = Object.hasOwn(ANSWERS, path) ? ANSWERS[path] : undefined
    if (!answer) throw new Failure(6, 'unknown query path: unknown request')
    return { code: 0, codespace: '', log: '', value: answer(state, data) }
  } catch (error) {
    if (error instanceof Failure)
      return { code: error.code, codespace: error.codespace, log: error.message, value: null }
    return { code: 18, codespace: 'sdk', log: `${(error as Error).message}: invalid request`, value: null }
  }
}

function contractInfo(state: ChainState, data: Uint8Array): Uint8Array {
  const { address } = QueryContractInfoRequest.decode(data)
  const { codeId, creator, admin, label, height, txIndex } = recordOf(state, address)
  const created = { blockHeight: BigInt(height), txIndex: BigInt(txIndex) }
  const { dialect, prefix } = state.genesis
  // Sei leaves out where a contract was created, and knows no second IBC, in whose ports wasmd cuts off the prefix.
  const more = dialect === 'plain' ? { created, ibc2PortId: `wasm2${address.slice(prefix.length)}` } : {}
  const contractInfo = { codeId: BigInt(codeId), creator, admin, label, ...more }
  return QueryContractInfoResponse.encode(QueryContractInfoResponse.fromPartial({ address, contractInfo })).finish()
}

function smart(state: ChainState, data: Uint8Array): Uint8Array {
  const { address, queryData } = QuerySmartContractStateRequest.decode(data)
  recordOf(state, address)
  const answer = asQuery(state, () => state.wasm.query(address, JSON.parse(Buffer.from(queryData).toString())))
  return QuerySmartContractStateResponse.encode({ data: json(answer) }).finish()
}

function raw(state: ChainState, data: Uint8Array): Uint8Array {
  const { address, queryData } = QueryRawContractStateRequest.decode(data)
  recordOf(state, address)
  const value = state.wasm.store(address).get(Buffer.from(queryData).toString('latin1'))
  return QueryRawContractStateResponse.encode({ data: value === undefined ? new Uint8Array() : json(value) }).finish()
}

/** All of it, in the order of keys. */
function allState(state: ChainState, data: Uint8Array): Uint8Array {
  const { address } = QueryAllContractStateRequest.decode(data)
  recordOf(state, address)
  const entries = state.wasm
    .store(address)
    .entries()
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const models = entries.map(([key, value]) => ({ key: Buffer.from(key, 'latin1'), value: json(value) }))
  return QueryAllContractStateResponse.encode(
    QueryAllContractStateResponse.fromPartial({ models, pagination: whole(models) }),
  ).finish()
}

function contractsByCode({ wasm }: ChainState, data: Uint8Array): Uint8Array {
  const { codeId } = QueryContractsByCodeRequest.decode(data)
  const contracts = wasm.addresses().filter((address) => wasm.record(address)?.codeId === Number(codeId))
  return QueryContractsByCodeResponse.encode(
    QueryContractsByCodeResponse.fromPartial({ contracts, pagination: whole(contracts) }),
  ).finish()
}

function code(state: ChainState, data: Uint8Array): Uint8Array {
  const id = Number(QueryCodeRequest.decode(data).codeId)
  if (!state.genesis.codes[id]) throw asked(state, `code id: ${id}: no such code`)
  return QueryCodeResponse.encode(QueryCodeResponse.fromPartial({ codeInfo: codeInfo(state, id) })).finish()
}

function codes(state: ChainState): Uint8Array {
  const codeInfos = Object.keys(state.genesis.codes).map((id) => codeInfo(state, Number(id)))
  return QueryCodesResponse.encode(QueryCodesResponse.fromPartial({ codeInfos, pagination: whole(codeInfos) })).finish()
}

/** There is no wasm here: the hash is that of the kind's name. */
function codeInfo({ genesis }: ChainState, id: number): CodeInfoResponse {
  const [creator = ''] = Object.keys(genesis.balances)
  const dataHash = createHash('sha256')
    .update(genesis.codes[id] ?? '')
    .digest()
  return CodeInfoResponse.fromPartial({ codeId: BigInt(id), creator, dataHash })
}

function balance({ bank }: ChainState, data: Uint8Array): Uint8Array {
  const { address, denom } = QueryBalanceRequest.decode(data)
  const amount = bank.balance(address, denom).toString()
  return QueryBalanceResponse.encode(QueryBalanceResponse.fromPartial({ balance: { denom, amount } })).finish()
}

function allBalances({ bank }: ChainState, data: Uint8Array): Uint8Array {
  const balances = bank.balances(QueryAllBalancesRequest.decode(data).address)
  return QueryAllBalancesResponse.encode(
    QueryAllBalancesResponse.fromPartial({ balances, pagination: whole(balances) }),
  ).finish()
}

function totalSupply({ bank }: ChainState): Uint8Array {
  const supply = bank.supply()
  return QueryTotalSupplyResponse.encode(
    QueryTotalSupplyResponse.fromPartial({ supply, pagination: whole(supply) }),
  ).finish()
}

function supplyOf({ bank }: ChainState, data: Uint8Array): Uint8Array {
  const { denom } = QuerySupplyOfRequest.decode(data)
  const amount = bank.supply().find((coin) => coin.denom === denom) ?? { denom, amount: '0' }
  return QuerySupplyOfResponse.encode({ amount }).finish()
}

function account({ accounts }: ChainState, data: Uint8Array): Uint8Array {
  const { address } = QueryAccountRequest.decode(data)
  const known = accounts.get(address)
  if (!known) throw new Failure(22, `rpc error: code = NotFound desc = account ${address} not found: key not found`)
  const base = { address, accountNumber: BigInt(known.number), sequence: BigInt(known.sequence) }
  const value = BaseAccount.encode(BaseAccount.fromPartial(base)).finish()
  const any = { typeUrl: '/cosmos.auth.v1beta1.BaseAccount', value }
  return QueryAccountResponse.encode(QueryAccountResponse.fromPartial({ account: any })).finish()
}

/** Runs a transaction and takes back all it did. */
function simulate(state: ChainState, data: Uint8Array): Uint8Array {
  const { txBytes } = SimulateRequest.decode(data)
  const mark = state.journal.mark()
  const block = { height: state.height, now: state.now, fees: [], coinbases: [] }
  const { code, codespace, log, gasUsed, data: answer } = deliver(state, txBytes, 0, block, Number.MAX_SAFE_INTEGER)
  state.journal.revert(mark)
  if (code !== 0) throw new Failure(code, log, codespace)
  const response = { gasInfo: { gasUsed: BigInt(gasUsed) }, result: { data: answer, log } }
  return SimulateResponse.encode(SimulateResponse.fromPartial(response)).finish()
}

/** Pages are never cut: the only one has no next key, which cosmjs waits for. */
function whole(page: readonly unknown[]): { nextKey: Uint8Array; total: bigint } {
  return { nextKey: new Uint8Array(), total: BigInt(page.length) }
}

function recordOf(state: ChainState, address: string) {
  const record = state.wasm.record(address)
  if (record) return record
  throw asked(state, state.genesis.dialect === 'plain' ? `address ${address}: no such contract` : 'not found')
}

/** Queries wrap all errors of the wasm module: wasmd as an unknown request, Sei as an invalid one. */
function asked({ genesis }: ChainState, reason: string): Failure {
  return genesis.dialect === 'plain'
    ? new Failure(6, `${reason}: unknown request`)
    : new Failure(18, `${reason}: invalid request`)
}

function asQuery<Result>(state: ChainState, query: () => Result): Result {
  try {
    return query()
  } catch (error) {
    throw error instanceof Failure ? asked(state, error.message) : error
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
