/** Transactions as bytes (cosmos.tx.v1beta1) and as the application sees them. */
import { createHash } from 'node:crypto'
import { MsgSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx'
import { SignMode } from 'cosmjs-types/cosmos/tx/signing/v1beta1/signing'
import { AuthInfo, Fee, TxBody, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx'
import { MsgExecuteContract, MsgInstantiateContract, MsgStoreCode } from 'cosmjs-types/cosmwasm/wasm/v1/tx'
import type { Dialect } from '../../chain/decode/types.ts'
import { NATIVE } from './bank.ts'
import { type Coin, checkCoins, parseCoins } from './coins.ts'
import { decodeEvm, EVM_TYPE, type EvmTransaction } from './evm-transaction.ts'
import { Failure } from './failure.ts'
import type { Call, Message } from './types.ts'

/** A message of a transaction, decoded, with its type URL. */
export type Decoded =
  | { typeUrl: typeof SEND; value: MsgSend }
  | { typeUrl: typeof EXECUTE; value: MsgExecuteContract }
  | { typeUrl: typeof INSTANTIATE; value: MsgInstantiateContract }
  | { typeUrl: typeof STORE; value: MsgStoreCode }

/** A decoded transaction. */
export interface Transaction {
  messages: Decoded[]
  /** Who signs, in order: the first pays the fee. */
  signers: { address: string; sequence: number; signature: string }[]
  fee: Coin[]
  gasWanted: number
  /** Bytes of it all. */
  size: number
  /** Sei: it is one of the EVM's instead, and has no messages or signers. */
  evm?: EvmTransaction
}

/** Type URLs of the messages a chain knows; uploads of code are always refused. */
export const SEND = '/cosmos.bank.v1beta1.MsgSend'
export const EXECUTE = '/cosmwasm.wasm.v1.MsgExecuteContract'
export const INSTANTIATE = '/cosmwasm.wasm.v1.MsgInstantiateContract'
export const STORE = '/cosmwasm.wasm.v1.MsgStoreCode'

/** @throws Failure code 2 when the bytes are no transaction this chain knows, 4 when a signature is missing, 10 when the fee is no coins */
export function decodeTransaction(bytes: Uint8Array, dialect: Dialect): Transaction {
  const raw = parsed(() => TxRaw.decode(bytes))
  const body = parsed(() => TxBody.decode(raw.bodyBytes))
  const { signerInfos, fee } = parsed(() => AuthInfo.decode(raw.authInfoBytes))
  const paid = { fee: fee?.amount ?? [], gasWanted: Number(fee?.gasLimit ?? 0), size: bytes.length }
  const [first] = body.messages
  if (first?.typeUrl === EVM_TYPE && dialect === 'base64') {
    return { ...paid, messages: [], signers: [], evm: parsed(() => decodeEvm(first.value)) }
  }
  checkCoins(paid.fee)
  const messages = body.messages.map(decodeMessage)
  if (messages.length === 0) throw new Failure(18, 'must contain at least one message: invalid request')
  const addresses = [...new Set(messages.map(signerOf))]
  if (signerInfos.length !== addresses.length || raw.signatures.length !== addresses.length) {
    const counts = `expected: ${addresses.length}, got ${raw.signatures.length}`
    throw new Failure(4, `invalid number of signer;  ${counts}: unauthorized`)
  }
  const signers = addresses.map((address, n) => ({
    address,
    sequence: Number(signerInfos[n]!.sequence),
    signature: Buffer.from(raw.signatures[n]!).toString('base64'),
  }))
  return { ...paid, messages, signers }
}

/**
 * The bytes of `call` with this sequence. Its signature is none: a devnet checks sequences, and users here have no keys.
 * Gas and fee are what the recorded chains' users offered: 400,000 a message, on Sei at 0.02 usei.
 */
export function encodeTransaction(call: Call, sequence: number, dialect: Dialect): Uint8Array {
  const messages = call.messages.map((message) => encodeMessage(message, call.sender))
  const body = TxBody.fromPartial({ messages, memo: call.memo ?? '' })
  const gas = call.messages.reduce((sum, message) => sum + ('instantiate' in message ? 2_000_000 : 400_000), 0)
  const bodyBytes = TxBody.encode(body).finish()
  const authInfoBytes = AuthInfo.encode(
    AuthInfo.fromPartial({
      signerInfos: [{ modeInfo: { single: { mode: SignMode.SIGN_MODE_DIRECT } }, sequence: BigInt(sequence) }],
      fee: Fee.fromPartial({
        amount: dialect === 'base64' ? [{ denom: NATIVE, amount: `${gas / 50}` }] : [],
        gasLimit: BigInt(gas),
      }),
    }),
  ).finish()
  const signature = createHash('sha512').update(bodyBytes).update(authInfoBytes).digest()
  return TxRaw.encode({ bodyBytes, authInfoBytes, signatures: [signature] }).finish()
}

function encodeMessage(message: Message, sender: string): { typeUrl: string; value: Uint8Array } {
  if ('to' in message) {
    const send = MsgSend.fromPartial({ fromAddress: sender, toAddress: message.to, amount: parseCoins(message.amount) })
    return { typeUrl: SEND, value: MsgSend.encode(send).finish() }
  }
  const msg = Buffer.from(JSON.stringify(message.msg))
  if ('contract' in message) {
    const funds = parseCoins(message.funds ?? '')
    const execute = MsgExecuteContract.fromPartial({ sender, contract: message.contract, msg, funds })
    return { typeUrl: EXECUTE, value: MsgExecuteContract.encode(execute).finish() }
  }
  const { instantiate, label } = message
  const order = { sender, admin: sender, codeId: BigInt(instantiate), label, msg }
  return {
    typeUrl: INSTANTIATE,
    value: MsgInstantiateContract.encode(MsgInstantiateContract.fromPartial(order)).finish(),
  }
}

function decodeMessage({ typeUrl, value }: { typeUrl: string; value: Uint8Array }): Decoded {
  switch (typeUrl) {
    case SEND:
      return { typeUrl, value: parsed(() => MsgSend.decode(value)) }
    case EXECUTE:
      return { typeUrl, value: parsed(() => MsgExecuteContract.decode(value)) }
    case INSTANTIATE:
      return { typeUrl, value: parsed(() => MsgInstantiateContract.decode(value)) }
    case STORE:
      return { typeUrl, value: parsed(() => MsgStoreCode.decode(value)) }
    default:
      throw new Failure(2, `unable to resolve type URL ${typeUrl}: tx parse error`)
  }
}

/** The sender of a message, who has to sign it. */
export function signerOf({ typeUrl, value }: Decoded): string {
  return typeUrl === SEND ? value.fromAddress : value.sender
}

function parsed<Value>(decode: () => Value): Value {
  try {
    return decode()
  } catch (error) {
    throw new Failure(2, `${(error as Error).message}: tx parse error`)
  }
}
