/** The state machine of the embedded devnet: transactions in, results out. It does no input or output and reads no clock. */
import { createHash } from 'node:crypto'
import { type BlockWork, beginBlock, endBlock } from './block-events.ts'
import { type ChainSnapshot, ChainState } from './chain-state.ts'
import { CONTRACTS } from './contracts/index.ts'
import { admit, deliver } from './deliver.ts'
import { encodeEvm } from './evm-transaction.ts'
import { failed } from './failure.ts'
import { answerQuery } from './queries.ts'
import { encodeTransaction } from './transaction.ts'
import type { Application, ContractView, Executed, Genesis, TxResult } from './types.ts'

/** A chain at its beginning, or where `snapshot`, made by the same genesis, left off. */
export function createApplication(genesis: Genesis, snapshot?: unknown): Application {
  const state = new ChainState(genesis, snapshot as ChainSnapshot | undefined)
  const { dialect, chainId } = genesis
  return {
    genesis,
    executeBlock: (block) => executeBlock(state, block),
    check(tx) {
      try {
        return { code: 0, codespace: '', log: '', gasWanted: admit(state, tx), gasUsed: 0 }
      } catch (error) {
        return { ...failed(error), gasWanted: 0, gasUsed: 0 }
      }
    },
    query: (path, data) => answerQuery(state, path, data),
    encode(call) {
      const kind = call.evm && dialect === 'base64' ? 'nonce' : 'sequence'
      const next = state.accounts.next(call.sender, kind)
      const tx = kind === 'nonce' ? encodeEvm(call, next, chainId) : encodeTransaction(call, next, dialect)
      state.accounts.wait(call.sender, next, kind)
      return tx
    },
    contract: (address) => viewOf(state, address),
    contracts: () => state.wasm.addresses(),
    snapshot: () => state.snapshot(),
  }
}

function executeBlock(state: ChainState, block: Parameters<Application['executeBlock']>[0]): Executed {
  const { height, time, txs } = block
  const work: BlockWork = { height, now: Math.floor(Date.parse(time) / 1000), fees: [], coinbases: [] }
  const before = beginBlock(state)
  const results = txs.map((tx, n) => deliver(state, tx, n, work))
  const events = [...before, ...endBlock(state, work)]
  state.journal.keep()
  state.accounts.forgetWaiting()
  state.height = height
  state.now = work.now
  state.appHash = nextHash(state.appHash, height, txs, results)
  return { results, events, appHash: state.appHash }
}

/** Instead of a Merkle root of the state: a digest of all that led to it. */
function nextHash(
  previous: Uint8Array,
  height: number,
  txs: readonly Uint8Array[],
  results: readonly TxResult[],
): Buffer {
  const hash = createHash('sha256').update(previous).update(`${height}`)
  for (const [n, tx] of txs.entries()) hash.update(tx).update(`${results[n]!.code} ${results[n]!.gasUsed}`)
  return hash.digest()
}

function viewOf({ wasm }: ChainState, address: string): ContractView | undefined {
  const record = wasm.record(address)
  if (!record) return undefined
  return {
    kind: record.kind,
    address,
    lastId: () => CONTRACTS[record.kind].lastId(wasm.store(address)),
    query: (message) => wasm.query(address, message),
  }
}
