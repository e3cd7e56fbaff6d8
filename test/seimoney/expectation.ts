/**
 * What the log must hold after a recording was indexed, computed a second time and in another way: from the golden file
 * of an independent decoder, and for `backed` from the recorded bank transfers. Imports nothing of the catalogue.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The golden type and the surface type it becomes. */
const TYPES: Record<string, string> = {
  'seimoney.create_transfer': 'transfer_created',
  'seimoney.claim_transfer': 'transfer_claimed',
  'seimoney.refund_transfer': 'transfer_refunded',
  'seimoney.create_pool': 'group_created',
  'seimoney.contribute': 'group_contributed',
  'seimoney.distribute': 'group_distributed',
  'seimoney.cancel_pool': 'group_cancelled',
  'seimoney.refund_contribution': 'group_refunded',
  'seimoney.open_pot': 'pot_created',
  'seimoney.deposit_pot': 'pot_deposited',
  'seimoney.break_pot': 'pot_withdrawn',
  'seimoney.close_pot': 'pot_withdrawn',
  'seimoney.create_vault': 'vault_created',
  'seimoney.deposit_vault': 'vault_deposited',
  'seimoney.withdraw_vault': 'vault_withdrawn',
  'seimoney.harvest_vault': 'vault_harvested',
  'seimoney.rebalance_vault': 'vault_rebalanced',
  'seimoney.register_alias': 'alias_registered',
  'seimoney.update_alias': 'alias_updated',
  'seimoney.unregister_alias': 'alias_unregistered',
  'seimoney.open_case': 'escrow_opened',
  'seimoney.approve': 'escrow_approved',
  'seimoney.dispute': 'escrow_disputed',
  'seimoney.resolve': 'escrow_resolved',
  'seimoney.release': 'escrow_released',
  'seimoney.refund': 'escrow_refunded',
}

/** Who is named: attributes in the order in which the surface lists them. */
const NAMED: Record<string, string[]> = {
  transfer_created: ['sender', 'recipient'],
  transfer_claimed: ['recipient', 'sender'],
  transfer_refunded: ['sender', 'recipient'],
  group_created: ['creator'],
  group_contributed: ['contributor', 'creator'],
  group_distributed: ['creator'],
  group_cancelled: ['creator'],
  group_refunded: ['contributor', 'creator'],
  pot_created: ['owner'],
  pot_deposited: ['owner', 'depositor'],
  pot_withdrawn: ['owner'],
  vault_deposited: ['user'],
  vault_withdrawn: ['user'],
  alias_registered: ['address'],
  alias_updated: ['address'],
  alias_unregistered: ['address'],
  escrow_opened: ['parties'],
  escrow_approved: ['approver'],
  escrow_disputed: ['disputer'],
  escrow_resolved: ['resolver'],
  escrow_released: ['to'],
  escrow_refunded: ['to'],
}

export interface GoldenLine {
  height: number
  time: string
  tx_index: number
  tx_hash: string
  event_index: number
  msg_index: number
  type: string
  contract: string
  attrs: [string, string][]
}

export interface ExpectedEvent {
  id: string
  type: string
  contract: string
  contractAddress: string
  chainId: string
  blockHeight: number
  txHash: string
  evmTxHash?: string
  timestamp: string
  data: Record<string, string | boolean | null>
  accounts: string[]
  incomplete?: true
  processed: true
}

interface RawEvent {
  type: string
  attributes: { key: string; value: string | null }[]
}

interface RawTx {
  events?: RawEvent[] | null
  evm_tx_info?: { txHash?: string }
}

/** The lines of a golden file. */
export function golden(dir: string, file = 'expected-events.ndjson'): GoldenLine[] {
  return ndjson(join(dir, file)) as GoldenLine[]
}

/** The complete events of a recording, and to whom each is routed. */
export function expectedEvents(dir: string): { event: ExpectedEvent; audience: string[] }[] {
  const deployed = existsSync(join(dir, 'deploy.json')) ? dir : dirname(dir)
  const deploy = JSON.parse(readFileSync(join(deployed, 'deploy.json'), 'utf8')) as {
    chain_id: string
    contracts: Record<string, string>
  }
  const names = new Map(Object.entries(deploy.contracts).map(([name, address]) => [address, name]))
  const txs = rawTransactions(dir)
  const bank = new Map<string, { to: string; coins: Map<string, bigint> }[]>()
  const lines = golden(dir)
  return lines.map((line, n) => {
    const before = lines.slice(0, n + 1).filter((each) => each.contract === line.contract)
    const tx = txs.get(`${line.height}/${line.tx_index}`) ?? {}
    const event: ExpectedEvent = {
      id: `${line.height}-${line.tx_index}-${line.event_index}`,
      type: TYPES[line.type] ?? 'unmapped',
      contract: names.get(line.contract) ?? 'foreign',
      contractAddress: line.contract,
      chainId: deploy.chain_id,
      blockHeight: line.height,
      txHash: line.tx_hash,
      ...(tx.evm_tx_info?.txHash ? { evmTxHash: tx.evm_tx_info.txHash } : {}),
      timestamp: line.time,
      data: Object.fromEntries(line.attrs),
      accounts: [],
      processed: true,
    }
    complete(event, line, before, tx, bank)
    event.accounts = accountsOf(event)
    return { event, audience: [...new Set([...event.accounts, ...listeners(event, before)])] }
  })
}

function complete(
  event: ExpectedEvent,
  line: GoldenLine,
  before: GoldenLine[],
  tx: RawTx,
  bank: Map<string, { to: string; coins: Map<string, bigint> }[]>,
): void {
  const { data, type } = event
  const value = (each: GoldenLine, key: string): string | undefined => each.attrs.find(([name]) => name === key)?.[1]
  const origin = (chainType: string, id: unknown) =>
    before.find((each) => each.type === chainType && value(each, 'id') === id)
  if (type === 'transfer_created') Object.assign(data, splitCoin(String(data['amount'])))
  if (type === 'transfer_claimed' || type === 'transfer_refunded') {
    const created = origin('seimoney.create_transfer', data['id'])
    const coin = created && splitCoin(value(created, 'amount') ?? '')
    data['sender'] ??= (created && value(created, 'sender')) ?? null
    data['recipient'] ??= (created && value(created, 'recipient')) ?? null
    data['amount'] = coin?.amount ?? null
    data['denom'] = coin?.denom ?? null
    if (!created) event.incomplete = true
  }
  if (type === 'group_contributed' || type === 'group_refunded') {
    const created = origin('seimoney.create_pool', data['pool_id'])
    data['creator'] = (created && value(created, 'creator')) ?? null
    if (!created) event.incomplete = true
  }
  if (line.type === 'seimoney.break_pot') data['reason'] = 'broken'
  if (line.type === 'seimoney.close_pot') data['reason'] = 'closed'
  if (type === 'pot_deposited') data['depositor'] = senderOf(tx, line.msg_index)
  if (['group_contributed', 'pot_deposited', 'vault_deposited', 'escrow_opened'].includes(type))
    data['backed'] = covered(line, tx, bank)
}

function accountsOf({ type, data }: ExpectedEvent): string[] {
  const texts = (NAMED[type] ?? []).flatMap((key) => String(data[key] ?? '').split(','))
  return [...new Set(texts.filter((text) => /^(wasm|sei)1[02-9ac-hj-np-z]{38,58}$/.test(text)))]
}

/** Creator and contributors of a group so far; holders of a vault, counting this event. */
function listeners({ type, data }: ExpectedEvent, before: GoldenLine[]): string[] {
  const attrs = (line: GoldenLine) => Object.fromEntries(line.attrs)
  if (type.startsWith('group_')) {
    const id = type === 'group_created' ? data['id'] : data['pool_id']
    const creators = before
      .filter((line) => line.type === 'seimoney.create_pool' && attrs(line)['id'] === id)
      .map((line) => attrs(line)['creator'])
    const members = before.filter((line) => line.type === 'seimoney.contribute' && attrs(line)['pool_id'] === id)
    return [...creators, ...members.map((line) => attrs(line)['contributor'])].map(String)
  }
  if (!type.startsWith('vault_')) return []
  const shares = new Map<string, bigint>()
  for (const line of before) {
    const { vault_id, user, shares: moved } = attrs(line)
    if (vault_id !== (type === 'vault_created' ? data['id'] : data['vault_id']) || !user) continue
    const sign = line.type === 'seimoney.deposit_vault' ? 1n : -1n
    shares.set(user, (shares.get(user) ?? 0n) + sign * BigInt(moved ?? 0))
  }
  return [...shares].filter(([, held]) => held > 0n).map(([user]) => user)
}

/** A transfer to the contract in the same message that covers the claim, and that no earlier claim used up. */
function covered(
  line: GoldenLine,
  tx: RawTx,
  bank: Map<string, { to: string; coins: Map<string, bigint> }[]>,
): boolean {
  const key = `${line.height}/${line.tx_index}/${line.msg_index}`
  const transfers = bank.get(key) ?? readTransfers(tx, line.msg_index)
  bank.set(key, transfers)
  const { amount, denom } = Object.fromEntries(line.attrs)
  for (const { to, coins } of transfers) {
    const left = coins.get(String(denom)) ?? 0n
    if (to !== line.contract || left < BigInt(amount ?? 0)) continue
    coins.set(String(denom), left - BigInt(amount ?? 0))
    return true
  }
  return false
}

function readTransfers(tx: RawTx, message: number): { to: string; coins: Map<string, bigint> }[] {
  return ofMessage(tx, message)
    .filter(({ type }) => type === 'transfer')
    .map(({ attributes }) => ({
      to: attributes['recipient'] ?? '',
      coins: new Map(
        (attributes['amount'] ?? '')
          .split(',')
          .filter(Boolean)
          .map((coin) => [splitCoin(coin).denom, BigInt(splitCoin(coin).amount)] as const),
      ),
    }))
}

function senderOf(tx: RawTx, message: number): string | null {
  const of = ofMessage(tx, message).filter(({ type, attributes }) => type === 'message' && attributes['sender'])
  return (of.find(({ attributes }) => attributes['module'] === 'wasm') ?? of[0])?.attributes['sender'] ?? null
}

/** Events of one message: by `msg_index`, or on Sei by counting the `message` events that have an action. */
function ofMessage(tx: RawTx, message: number): { type: string; attributes: Record<string, string> }[] {
  let counted = -1
  return (tx.events ?? []).flatMap(({ type, attributes }) => {
    const base64 =
      attributes.every(({ key }) => Buffer.from(key, 'base64').toString('base64') === key) &&
      !attributes.some(({ key }) => key === 'msg_index')
    const text = (raw: string | null) => (base64 ? Buffer.from(raw ?? '', 'base64').toString() : (raw ?? ''))
    const read = Object.fromEntries(attributes.map(({ key, value }) => [text(key), text(value)]))
    if (type === 'message' && 'action' in read && !('msg_index' in read)) counted += 1
    const index = 'msg_index' in read ? Number(read['msg_index']) : counted
    return index === message ? [{ type, attributes: read }] : []
  })
}

function splitCoin(coin: string): { amount: string; denom: string } {
  const digits = coin.match(/^[0-9]+/)?.[0] ?? ''
  return { amount: digits, denom: coin.slice(digits.length) }
}

function rawTransactions(dir: string): Map<string, RawTx> {
  const txs = new Map<string, RawTx>()
  for (const line of ndjson(join(dir, 'block_results.ndjson'))) {
    const answer = line as { result?: object; height?: string }
    const { height, txs_results } = (answer.result ?? answer) as { height: string; txs_results: RawTx[] | null }
    for (const [index, tx] of (txs_results ?? []).entries()) txs.set(`${height}/${index}`, tx)
  }
  return txs
}

function ndjson(file: string): unknown[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown)
}
