/** Runs one transaction: ante (signers, fee), then its messages, all of them or none. */
import { TxMsgData } from 'cosmjs-types/cosmos/base/abci/v1beta1/abci'
import { MsgInstantiateContractResponse } from 'cosmjs-types/cosmwasm/wasm/v1/tx'
import { accountFromBytes, canonicalAccount } from '../../events/accounts.ts'
import { moduleAddress } from './bank.ts'
import type { BlockWork } from './block-events.ts'
import type { ChainState } from './chain-state.ts'
import { checkCoins, printCoins } from './coins.ts'
import { deliverEvm } from './deliver-evm.ts'
import { evmAddress } from './evm-transaction.ts'
import { Failure, failed, orRevert } from './failure.ts'
import { GAS, GasMeter } from './gas.ts'
import { successLog } from './log.ts'
import {
  type Decoded,
  decodeTransaction,
  EXECUTE,
  INSTANTIATE,
  SEND,
  STORE,
  signerOf,
  type Transaction,
} from './transaction.ts'
import type { AppEvent, TxResult } from './types.ts'
import type { Running } from './wasm.ts'

/** Never throws for what a transaction holds: a failure is a result, too. `gasLimit` replaces the transaction's own. */
export function deliver(
  state: ChainState,
  bytes: Uint8Array,
  txIndex: number,
  block: BlockWork,
  gasLimit?: number,
): TxResult {
  const { journal } = state
  let gas = new GasMeter(0)
  try {
    const transaction = decodeTransaction(bytes, state.genesis.dialect)
    if (transaction.evm) return deliverEvm(state, transaction.evm, txIndex, block)
    gas = new GasMeter(gasLimit ?? transaction.gasWanted)
    const start = journal.mark()
    const events = orRevert(state.journal, start, () => ante(state, transaction, gas, block))
    const running: Running = { height: block.height, txIndex, now: block.now, gas, loaded: new Set() }
    const afterAnte = journal.mark()
    try {
      return {
        ...orRevert(state.journal, afterAnte, () => runMessages(state, transaction, running, events)),
        ...spent(gas),
      }
    } catch (error) {
      return { ...failed(error), ...spent(gas), events }
    }
  } catch (error) {
    return { ...failed(error), ...spent(gas), events: [] }
  }
}

/** What a mempool asks: signers, sequences and fee, without doing anything. @throws Failure when it may not wait for a block */
export function admit(state: ChainState, bytes: Uint8Array): number {
  const { evm, signers, fee, gasWanted } = decodeTransaction(bytes, state.genesis.dialect)
  if (evm) {
    state.accounts.wait(accountFromBytes(evm.sender, state.genesis.prefix), evm.nonce, 'nonce')
    return evm.gasLimit
  }
  const [payer] = signers
  for (const { denom, amount } of fee) {
    if (state.bank.balance(payer!.address, denom) < BigInt(amount)) {
      throw new Failure(
        5,
        `insufficient fees; got: ${printCoins(state.bank.balances(payer!.address))}: insufficient funds`,
      )
    }
  }
  for (const { address, sequence } of signers) state.accounts.wait(address, sequence)
  return gasWanted
}

/** Signers, sequences and fee. What it does stays even when the messages fail. */
function ante(
  { genesis, accounts, bank }: ChainState,
  transaction: Transaction,
  gas: GasMeter,
  block: BlockWork,
): AppEvent[] {
  const { signers, fee, size } = transaction
  gas.use(GAS.ante + GAS.txByte * size, 'txSize')
  const payer = signers[0]!.address
  const paid: AppEvent = {
    type: 'tx',
    attributes: [
      ['fee', printCoins(fee)],
      ['fee_payer', payer],
    ],
  }
  const signed: AppEvent[] = signers.flatMap(({ address, sequence, signature }) => {
    accounts.count(address, sequence)
    return [
      { type: 'tx', attributes: [['acc_seq', `${address}/${sequence}`]] },
      { type: 'tx', attributes: [['signature', signature]] },
    ]
  })
  const money: AppEvent[] = []
  if (genesis.dialect === 'plain') {
    if (fee.length) bank.send(payer, moduleAddress('fee_collector', genesis.prefix), fee, money)
    return [...money, paid, ...signed]
  }
  if (fee.length) bank.spend(payer, fee, money)
  block.fees.push(...fee)
  const signer: AppEvent = {
    type: 'signer',
    attributes: [
      ['evm_addr', evmAddress(payer)],
      ['sei_addr', payer],
    ],
  }
  return [...signed, signer, ...money, paid]
}

function runMessages(state: ChainState, { messages }: Transaction, running: Running, anteEvents: AppEvent[]) {
  const responses: { typeUrl: string; value: Uint8Array }[] = []
  const perMessage = messages.map((message, n) => {
    try {
      const events: AppEvent[] = []
      const value = runMessage(state, message, running, events)
      responses.push({ typeUrl: message.typeUrl, value })
      if (state.genesis.dialect === 'plain') for (const { attributes } of events) attributes.push(['msg_index', `${n}`])
      return events
    } catch (error) {
      // Out of gas is the transaction's failure, not a message's.
      if (!(error instanceof Failure) || error.code === 11) throw error
      throw new Failure(error.code, `failed to execute message; message index: ${n}: ${error.message}`, error.codespace)
    }
  })
  const plain = state.genesis.dialect === 'plain'
  return {
    code: 0,
    codespace: '',
    log: plain ? '' : successLog(perMessage),
    data: plain
      ? responseData(responses)
      : TxMsgData.encode(
          TxMsgData.fromPartial({
            data: responses.map(({ typeUrl, value }) => ({ msgType: typeUrl, data: value })),
          }),
        ).finish(),
    events: [...anteEvents, ...perMessage.flat()],
  }
}

/** The message's response, encoded. */
function runMessage(state: ChainState, message: Decoded, running: Running, events: AppEvent[]): Uint8Array {
  const { genesis, bank, wasm } = state
  const sender = signerOf(message)
  const plain = genesis.dialect === 'plain'
  const module = message.typeUrl === SEND ? 'bank' : 'wasm'
  const action: [string, string] = ['action', message.typeUrl]
  events.push({ type: 'message', attributes: plain ? [action, ['sender', sender], ['module', module]] : [action] })
  if (!plain && module === 'wasm')
    events.push({
      type: 'message',
      attributes: [
        ['module', module],
        ['sender', sender],
      ],
    })
  switch (message.typeUrl) {
    case SEND: {
      const { toAddress, amount } = message.value
      running.gas.use(GAS.bankSend, 'WriteFlat')
      if (canonicalAccount(toAddress, genesis.prefix) !== toAddress)
        throw new Failure(7, `invalid to address: ${toAddress}: invalid address`)
      if (amount.length === 0) throw new Failure(10, ': invalid coins')
      checkCoins(amount)
      bank.send(sender, toAddress, amount, events)
      if (!plain) events.push({ type: 'message', attributes: [['module', module]] })
      return new Uint8Array()
    }
    case EXECUTE:
      wasm.execute(message.value, running, events)
      return new Uint8Array()
    case INSTANTIATE: {
      const address = wasm.instantiate(message.value, running, events)
      return MsgInstantiateContractResponse.encode({ address, data: new Uint8Array() }).finish()
    }
    case STORE:
      throw new Failure(4, 'can not create code: unauthorized')
  }
}

function responseData(responses: readonly { typeUrl: string; value: Uint8Array }[]): Uint8Array {
  const msgResponses = responses.map(({ typeUrl, value }) => ({ typeUrl: `${typeUrl}Response`, value }))
  return TxMsgData.encode(TxMsgData.fromPartial({ msgResponses })).finish()
}

function spent(gas: GasMeter): Pick<TxResult, 'gasWanted' | 'gasUsed'> {
  return { gasWanted: gas.wanted, gasUsed: gas.used }
}
