/**
 * Transactions of Sei's EVM as they stand in a block: `MsgEVMTransaction{1: Any(DynamicFeeTx)}` (seiprotocol/seichain
 * evm/tx.proto and eth/tx.proto: field numbers from recorded bytes), and calls of the wasm precompile within.
 */
import { createHash } from 'node:crypto'
import { BinaryReader, BinaryWriter } from 'cosmjs-types/binary'
import { AuthInfo, Fee, TxBody, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx'
import { Any } from 'cosmjs-types/google/protobuf/any'
import { accountBytes, accountFromBytes, accountFromHex } from '../../events/accounts.ts'
import { NATIVE, WEI } from './bank.ts'
import { parseCoins } from './coins.ts'
import { Failure } from './failure.ts'
import type { Call } from './types.ts'

/** Type URL of the message that carries an EVM transaction. */
export const EVM_TYPE = '/seiprotocol.seichain.evm.MsgEVMTransaction'
const DYNAMIC_FEE = '/seiprotocol.seichain.eth.DynamicFeeTx'
/** The precompile through which the EVM calls CosmWasm contracts. */
export const WASM_PRECOMPILE = '0x0000000000000000000000000000000000001002'
/** Selector of its `execute(string contract, bytes msg, bytes coins)`. */
const EXECUTE_SELECTOR = '44d227ae'

/** What a DynamicFeeTx says, as far as it counts here. */
export interface EvmTransaction {
  nonce: number
  gasLimit: number
  /** 0x…; empty for the creation of a contract. */
  to: string
  /** Wei. */
  value: bigint
  data: Buffer
  /** The 20 bytes of the sender's account. */
  sender: Buffer
  /** `0x…` and 64 digits. */
  hash: string
}

/**
 * Two things differ from a real one, because both need Keccak and secp256k1's key recovery, which Node has not: the
 * sender stands in the signature's `r`, and the hash is SHA-256 of the encoded DynamicFeeTx.
 */
export function decodeEvm(message: Uint8Array): EvmTransaction {
  const { value: encoded } = Any.decode(field(message, 1))
  const transaction: EvmTransaction = {
    nonce: 0,
    gasLimit: 0,
    to: '',
    value: 0n,
    data: Buffer.alloc(0),
    sender: Buffer.alloc(0),
    hash: `0x${createHash('sha256').update(encoded).digest('hex')}`,
  }
  const reader = new BinaryReader(encoded)
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag === 2 << 3) transaction.nonce = Number(reader.uint64())
    else if (tag === 5 << 3) transaction.gasLimit = Number(reader.uint64())
    else if (tag === ((6 << 3) | 2)) transaction.to = reader.string().toLowerCase()
    else if (tag === ((7 << 3) | 2)) transaction.value = BigInt(reader.string())
    else if (tag === ((8 << 3) | 2)) transaction.data = Buffer.from(reader.bytes())
    else if (tag === ((11 << 3) | 2)) transaction.sender = Buffer.from(reader.bytes()).subarray(0, 20)
    else reader.skipType(tag & 7)
  }
  return transaction
}

/** The bytes of a call through the EVM. @throws Failure code 18 unless it is one contract call or one transfer of usei */
export function encodeEvm(call: Call, nonce: number, chainId: string): Uint8Array {
  const [message] = call.messages
  if (!message || call.messages.length !== 1 || 'instantiate' in message) {
    throw new Failure(18, 'an EVM transaction holds one contract call or one transfer: invalid request')
  }
  const coins = parseCoins('to' in message ? message.amount : (message.funds ?? ''))
  if (coins.some(({ denom }) => denom !== NATIVE))
    throw new Failure(18, `the EVM moves ${NATIVE} only: invalid request`)
  const plain = 'to' in message
  const gas = plain ? 21_000 : 900_000
  const inner = new BinaryWriter()
    .uint32(10)
    .string(`${BigInt(`0x${createHash('sha256').update(chainId).digest('hex').slice(0, 6)}`)}`)
  if (nonce > 0) inner.uint32(16).uint64(BigInt(nonce))
  inner.uint32(26).string('1000000000').uint32(34).string('100000000000').uint32(40).uint64(BigInt(gas))
  inner.uint32(50).string(plain ? evmAddress(message.to) : WASM_PRECOMPILE)
  inner.uint32(58).string(`${BigInt(coins[0]?.amount ?? 0) * WEI}`)
  if (!plain) inner.uint32(66).bytes(encodeExecute(message.contract, message.msg, coins))
  inner.uint32(90).bytes(Buffer.concat([accountBytes(call.sender), Buffer.alloc(12)]))
  const any = Any.encode({ typeUrl: DYNAMIC_FEE, value: inner.finish() }).finish()
  const value = new BinaryWriter().uint32(10).bytes(any).finish()
  const body = TxBody.fromPartial({ messages: [{ typeUrl: EVM_TYPE, value }] })
  const fee = Fee.fromPartial({ gasLimit: BigInt(gas) })
  const authInfoBytes = AuthInfo.encode(AuthInfo.fromPartial({ fee })).finish()
  return TxRaw.encode({ bodyBytes: TxBody.encode(body).finish(), authInfoBytes, signatures: [] }).finish()
}

/** What a call of the precompile says; undefined when it is no `execute` of it. */
export function decodeExecute(data: Buffer): { contract: string; msg: Uint8Array; coins: string } | undefined {
  if (data.toString('hex', 0, 4) !== EXECUTE_SELECTOR) return undefined
  const argument = (n: number) => {
    const start = 4 + Number(data.readBigUInt64BE(4 + 32 * n + 24))
    return data.subarray(start + 32, start + 32 + Number(data.readBigUInt64BE(start + 24)))
  }
  try {
    return { contract: argument(0).toString(), msg: argument(1), coins: argument(2).toString() }
  } catch {
    return undefined // offsets that lead outside
  }
}

/** ABI encoding: three offsets, then length and content of each, filled up to words of 32 bytes. */
function encodeExecute(contract: string, msg: unknown, coins: unknown): Buffer {
  const contents = [contract, JSON.stringify(msg), JSON.stringify(coins)].map((text) => Buffer.from(text))
  const parts = contents.map((content) => {
    return Buffer.concat([word(content.length), content, Buffer.alloc((32 - (content.length % 32)) % 32)])
  })
  const offsets = parts.map((_, n) => word(96 + parts.slice(0, n).reduce((sum, part) => sum + part.length, 0)))
  return Buffer.concat([Buffer.from(EXECUTE_SELECTOR, 'hex'), ...offsets, ...parts])
}

/** The account an EVM address stands for: the same 20 bytes, as on Sei before the two are associated. */
export function accountOfEvm(address: string, prefix: string): string {
  return accountFromHex(address, prefix) ?? accountFromBytes(Buffer.alloc(20), prefix)
}

/** The EVM address of an account, in lower case: the checksum of capitals needs Keccak. */
export function evmAddress(account: string): string {
  if (account.startsWith('0x')) return account
  return `0x${Buffer.from(accountBytes(account)).toString('hex')}`
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(32)
  bytes.writeUInt32BE(value, 28)
  return bytes
}

/** The first field of that number with a length. */
function field(bytes: Uint8Array, number: number): Uint8Array {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag === ((number << 3) | 2)) return reader.bytes()
    reader.skipType(tag & 7)
  }
  throw new Failure(2, 'no EVM transaction: tx parse error')
}
