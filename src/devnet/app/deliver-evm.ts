/** Runs a transaction of Sei's EVM. There is no EVM here: it moves coins, calls contracts through the wasm precompile, and pays for gas. */
import { BinaryWriter } from 'cosmjs-types/binary'
import { TxMsgData } from 'cosmjs-types/cosmos/base/abci/v1beta1/abci'
import { accountFromBytes } from '../../events/accounts.ts'
import { WEI } from './bank.ts'
import type { BlockWork } from './block-events.ts'
import type { ChainState } from './chain-state.ts'
import { type Coin, checkCoins } from './coins.ts'
import { coin, list } from './contracts/serde.ts'
import {
  accountOfEvm,
  decodeExecute,
  EVM_TYPE,
  type EvmTransaction,
  evmAddress,
  WASM_PRECOMPILE,
} from './evm-transaction.ts'
import { Failure, failed, orRevert } from './failure.ts'
import { GasMeter } from './gas.ts'
import { successLog } from './log.ts'
import type { AppEvent, TxResult } from './types.ts'
import type { Running } from './wasm.ts'

/** Wei per gas: the base fee of 1 gwei and a tip of the same, as on the recorded chain. */
const GAS_PRICE = 2_000_000_000n
const REVERTED = 'execution reverted'

/** Plain ones (all but the precompile's) have no events: Sei's own executor for them, Giga, reports none. */
export function deliverEvm(state: ChainState, evm: EvmTransaction, txIndex: number, block: BlockWork): TxResult {
  const { genesis, journal, bank, accounts } = state
  const sender = accountFromBytes(evm.sender, genesis.prefix)
  const { hash: txHash, nonce, gasLimit } = evm
  const gasWanted = gasLimit
  try {
    orRevert(journal, journal.mark(), () => {
      accounts.count(sender, nonce, 'nonce')
      bank.addWei(sender, -BigInt(gasLimit) * GAS_PRICE)
    })
  } catch (error) {
    return { ...failed(error), gasWanted, gasUsed: 0, events: [], evm: { txHash, nonce } }
  }

  const events: AppEvent[] = []
  const gas = new GasMeter(gasLimit)
  const viaPrecompile = evm.to === WASM_PRECOMPILE
  let vmError: string | undefined
  try {
    orRevert(journal, journal.mark(), () => {
      gas.use(viaPrecompile ? 21_000 : 21_000 + 16 * evm.data.length + (evm.to ? 0 : 32_000), 'EVM')
      if (viaPrecompile)
        callContract(
          state,
          evm,
          sender,
          { height: block.height, txIndex, now: block.now, gas, loaded: new Set() },
          events,
        )
      else transfer(state, evm, sender)
    })
  } catch (error) {
    failed(error)
    events.length = 0
    vmError = REVERTED
  }

  const gasUsed = vmError ? gasLimit : gas.used
  const price = BigInt(gasUsed) * GAS_PRICE
  const refund = BigInt(gasLimit) * GAS_PRICE - price
  const coinbase = coinbaseOf(txIndex, genesis.prefix)
  bank.addWei(sender, refund)
  bank.addWei(coinbase, price)
  block.coinbases.push(coinbase)
  const plain = { gasWanted, gasUsed, data: response(gasUsed, txHash, vmError, viaPrecompile) }
  if (!viaPrecompile) return { ...plain, ...outcome(vmError, []), events: undefined, evm: { txHash, nonce } }

  const message: AppEvent = { type: 'message', attributes: [['action', EVM_TYPE]] }
  const own = [message, ...events, ...received(sender, refund), ...received(coinbase, price)]
  return {
    ...plain,
    ...outcome(vmError, own),
    events: [...moved('spent', 'spender', sender, BigInt(gasLimit) * GAS_PRICE), ...own],
    evm: { txHash, nonce, senderAddress: evmAddress(sender), ...(vmError && { vmError }) },
  }
}

function outcome(vmError: string | undefined, events: AppEvent[]): Pick<TxResult, 'code' | 'codespace' | 'log'> {
  if (vmError) return { code: 45, codespace: 'sdk', log: `${vmError}: evm reverted` }
  return { code: 0, codespace: '', log: events.length ? successLog([events]) : '' }
}

function callContract(
  { wasm }: ChainState,
  { data, value }: EvmTransaction,
  sender: string,
  running: Running,
  events: AppEvent[],
): void {
  const call = decodeExecute(data)
  if (!call) throw new Failure(45, REVERTED)
  const funds = readCoins(call.coins)
  const paid = funds.reduce((sum, { amount }) => sum + BigInt(amount), 0n) * WEI
  if (paid !== value) throw new Failure(45, REVERTED)
  wasm.execute({ sender, contract: call.contract, msg: call.msg, funds }, running, events)
}

/** Coins as a call of the precompile gives them: JSON, or nothing. */
function readCoins(json: string): Coin[] {
  try {
    const coins = list(coin)(JSON.parse(json === '' ? '[]' : json), 'coins')
    checkCoins(coins)
    return coins
  } catch {
    throw new Failure(45, REVERTED)
  }
}

function transfer({ bank, genesis }: ChainState, { to, value }: EvmTransaction, sender: string): void {
  if (value === 0n) return
  bank.addWei(sender, -value)
  bank.addWei(accountOfEvm(to, genesis.prefix), value)
}

/** Where the fee of a transaction lies until the block ends: 'evm_coinbase' and the transaction's index. */
function coinbaseOf(txIndex: number, prefix: string): string {
  const bytes = Buffer.alloc(20)
  bytes.write('evm_coinbase')
  bytes.writeUInt32BE(txIndex, 16)
  return accountFromBytes(bytes, prefix)
}

function received(address: string, wei: bigint): AppEvent[] {
  return moved('received', 'receiver', address, wei)
}

/** The bank's events for an amount in wei: whole usei, and the rest, each only when there is some. */
function moved(what: 'spent' | 'received', role: string, address: string, wei: bigint): AppEvent[] {
  const events: AppEvent[] = []
  if (wei >= WEI)
    events.push({
      type: `coin_${what}`,
      attributes: [
        [role, address],
        ['amount', `${wei / WEI}usei`],
      ],
    })
  if (wei % WEI)
    events.push({
      type: `wei_${what}`,
      attributes: [
        [role, address],
        ['amount', `${wei % WEI}`],
      ],
    })
  return events
}

/** MsgEVMTransactionResponse (evm/tx.proto): 1 gas_used, 2 vm_error, 3 return_data, 4 hash. The precompile returns empty `bytes`. */
function response(gasUsed: number, hash: string, vmError: string | undefined, viaPrecompile: boolean): Uint8Array {
  const writer = new BinaryWriter().uint32(8).uint64(BigInt(gasUsed))
  if (vmError) writer.uint32(18).string(vmError)
  else if (viaPrecompile) writer.uint32(26).bytes(Buffer.concat([Buffer.alloc(31), Buffer.of(32), Buffer.alloc(32)]))
  const data = writer.uint32(34).string(hash).finish()
  return TxMsgData.encode(TxMsgData.fromPartial({ data: [{ msgType: EVM_TYPE, data }] })).finish()
}
