/** What a block does by itself, and says in its own events: minting, fees and their distribution. */
import { accountBytes, accountFromBytes } from '../../events/accounts.ts'
import { moduleAddress, NATIVE, WEI } from './bank.ts'
import type { ChainState } from './chain-state.ts'
import type { Coin } from './coins.ts'
import type { AppEvent } from './types.ts'

/** A block while it is executed. */
export interface BlockWork {
  height: number
  /** Its time in whole seconds since 1970. */
  now: number
  /** Sei: fees taken from payers, which the collector receives at the block's end. */
  fees: Coin[]
  /** Sei: accounts that hold the fees of EVM transactions until the block's end. */
  coinbases: string[]
}

/** Coins minted in each block of a CometBFT chain. A real one reckons them from inflation and bonded ratio; here they never change. */
export const MINTED = 164_778_500n

/** Before the transactions. */
export function beginBlock(state: ChainState): AppEvent[] {
  return state.genesis.dialect === 'plain' ? beginPlain(state) : beginSei(state)
}

/** After the transactions: on Sei the collector gets the fees. */
export function endBlock(state: ChainState, { fees, coinbases }: BlockWork): AppEvent[] {
  const events: AppEvent[] = []
  const collector = moduleAddress('fee_collector', state.genesis.prefix)
  for (const coinbase of coinbases) sweep(state, coinbase, collector, events)
  const sum = fees.reduce((total, { amount }) => total + BigInt(amount), 0n)
  if (sum > 0n) state.bank.receive(collector, [native(sum)], events)
  return events
}

function beginPlain({ bank, genesis }: ChainState): AppEvent[] {
  const events: AppEvent[] = []
  const module = (name: string) => moduleAddress(name, genesis.prefix)
  const minted = [native(MINTED)]
  bank.receive(module('mint'), minted, events)
  events.push({
    type: 'coinbase',
    attributes: [
      ['minter', module('mint')],
      ['amount', `${MINTED}${NATIVE}`],
    ],
  })
  bank.send(module('mint'), module('fee_collector'), minted, events)
  events.push({
    type: 'mint',
    attributes: [
      ['bonded_ratio', '0.000125000000000000'],
      ['inflation', '0.130000000000000000'],
      ['annual_provisions', '1040000000000000.000000000000000000'],
      ['amount', `${MINTED}`],
    ],
  })
  const collected = bank.balance(module('fee_collector'), NATIVE)
  bank.send(module('fee_collector'), module('distribution'), [native(collected)], events)
  const rewards = (collected * 98n) / 100n
  events.push(...rewarded(rewards, validatorOf(genesis)))
  const tax = [native(collected - rewards)]
  bank.send(module('distribution'), module('protocolpool_escrow'), tax, events)
  bank.send(module('protocolpool_escrow'), module('protocolpool'), tax, events)
  for (const { attributes } of events) attributes.push(['mode', 'BeginBlock'])
  return events
}

/** Sei mints nothing in most blocks; the fees of the block before go to the validators. */
function beginSei({ bank, genesis }: ChainState): AppEvent[] {
  const events: AppEvent[] = []
  const collector = moduleAddress('fee_collector', genesis.prefix)
  const collected = bank.balance(collector, NATIVE)
  if (collected > 0n) {
    bank.send(collector, moduleAddress('distribution', genesis.prefix), [native(collected)], events)
  }
  const validator = validatorOf(genesis)
  events.push({
    type: 'proposer_reward',
    attributes: [
      ['amount', ''],
      ['validator', validator],
    ],
  })
  return [...events, ...rewarded(0n, validator), ...rewarded(collected, validator)]
}

/** A validator's share, of which a tenth is commission. */
function rewarded(amount: bigint, validator: string): AppEvent[] {
  const decimal = (tenths: bigint) =>
    amount === 0n ? '' : `${tenths / 10n}.${`${tenths % 10n}`.padEnd(18, '0')}${NATIVE}`
  return [
    {
      type: 'commission',
      attributes: [
        ['amount', decimal(amount)],
        ['validator', validator],
      ],
    },
    {
      type: 'rewards',
      attributes: [
        ['amount', decimal(amount * 10n)],
        ['validator', validator],
      ],
    },
  ]
}

/** The fee of an EVM transaction goes from its coinbase to the collector. */
function sweep({ bank }: ChainState, coinbase: string, collector: string, events: AppEvent[]): void {
  const held = bank.wei(coinbase)
  const [whole, rest] = [held / WEI, held % WEI]
  bank.addWei(coinbase, -rest)
  bank.addWei(collector, rest)
  const amount: [string, string] = ['amount', `${rest}`]
  if (rest) {
    events.push({ type: 'wei_spent', attributes: [['spender', coinbase], amount] })
    events.push({ type: 'wei_received', attributes: [['receiver', collector], amount] })
  }
  events.push({ type: 'wei_transfer', attributes: [['recipient', collector], ['sender', coinbase], amount] })
  if (whole) bank.send(coinbase, collector, [native(whole)], events)
}

/** The one validator: the operator is whoever comes first in genesis. */
function validatorOf({ balances, prefix }: ChainState['genesis']): string {
  const [operator] = Object.keys(balances)
  return accountFromBytes(operator ? accountBytes(operator) : Buffer.alloc(20), `${prefix}valoper`)
}

function native(amount: bigint): Coin {
  return { denom: NATIVE, amount: amount.toString() }
}
