/** Writes one block's transactions: some that concern the watched contracts, and whatever else a busy chain does. */
import type { Dialect } from '../../src/chain/decode/types.ts'
import type { Random } from '../../src/devnet/random.ts'
import { type EventSpec, rawLog, sha256, type TxSpec } from './answers.ts'

/** Addresses of the watched contracts by configured name (those of recorded chains, so that they are valid). */
export const ADDRESSES: Record<Dialect, Record<string, string>> = {
  plain: {
    payments: 'wasm14hj2tavq8fpesdwxxcu44rty3hh90vhujrvcmstl4zr3txmfvw9s0phg4d',
    groups: 'wasm1nc5tatafv6eyq7llkr2gv50ff9e22mnf70qgjlv737ktmt4eswrqr5j2ht',
    pots: 'wasm17p9rzwnnfxcjp32un9ug7yhhzgtkhvl9jfksztgw5uh69wac2pgsm0v070',
    vaults: 'wasm1ghd753shjuwexxywmgs4xz7x2q732vcnkm6h2pyv9s6ah3hylvrq8epk7w',
  },
  base64: {
    payments: 'sei18cszlvm6pze0x9sz32qnjq4vtd45xehqs8dq7cwy8yhq35wfnn3quh5sau',
    groups: 'sei1yvgh8xeju5dyr0zxlkvq09htvhjj20fncp5g58np4u25g8rkpgjsf4g5jl',
    pots: 'sei16jzpxp0e8550c9aht6q9svcux30vtyyyyxv5w2l2djjra46580wsfyte3w',
    vaults: 'sei1aaf9r6s7nxhysuegqrxv0wpm27ypyv4886medd3mrkrw6t4yfcnslhn2xf',
  },
}

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'

/** Pools, pots and vaults that users choose from: each has a handful of members, as on a chain with many of them. */
const ENTITIES = 1_000

/** Writes one block's transactions with the events, and in the order, that wasmd and seid were seen to emit. */
export class TxWriter {
  matches = 0
  readonly #dialect: Dialect
  readonly #random: Random
  readonly #users: string[]
  readonly #foreign: string[]
  readonly #pool: string

  constructor(dialect: Dialect, random: Random) {
    this.#dialect = dialect
    this.#random = random
    this.#users = Array.from({ length: 40 }, () => this.#address(38))
    this.#foreign = Array.from({ length: 12 }, () => this.#address(58))
    this.#pool = this.#address(38)
  }

  /** One or two messages to watched contracts, deposits backed by their transfer. */
  ours(height: number, index: number): TxSpec {
    const user = this.#pick(this.#users)
    const messages = Array.from({ length: this.#random() < 0.85 ? 1 : 2 }, (_, n) =>
      this.#ourMessage(user, `${height * 1000 + index * 2 + n}`),
    )
    this.matches += messages.length
    return this.#tx(user, [...messages, this.#bankSend(user)])
  }

  /** Whatever else a chain does: foreign contracts (some with our event types), bank sends, failures, EVM. */
  others(): TxSpec {
    const user = this.#pick(this.#users)
    const dice = this.#random()
    if (dice < 0.06) return this.#failed(user)
    if (dice < 0.12 && this.#dialect === 'base64') return this.#evm()
    if (dice < 0.55)
      return this.#tx(
        user,
        this.#repeat(1, 6, () => this.#bankSend(user)),
      )
    if (dice < 0.62)
      return this.#tx(user, [this.#deposit(user, this.#pick(this.#foreign), 'seimoney.deposit_pot', 'pot_id')])
    return this.#tx(user, [this.#swap(user)])
  }

  /** What minting and distribution emit in each block. */
  blockEvents(): EventSpec[] {
    const end = this.#dialect === 'plain' ? [['mode', 'BeginBlock'] as const] : []
    return this.#payment(this.#pool, this.#pool, this.#amount()).map(({ type, attributes }) => ({
      type,
      attributes: [...attributes, ...end],
    }))
  }

  #ourMessage(user: string, id: string): EventSpec[] {
    const { payments = '', groups = '', pots = '', vaults = '' } = ADDRESSES[this.#dialect]
    const dice = this.#random()
    if (dice < 0.2) return this.#deposit(user, groups, 'seimoney.contribute', 'pool_id')
    if (dice < 0.4) return this.#deposit(user, pots, 'seimoney.deposit_pot', 'pot_id')
    if (dice < 0.5) return this.#deposit(user, vaults, 'seimoney.deposit_vault', 'vault_id')
    const coin = `${this.#amount()}usei`
    const transfer = [
      ['id', id],
      ['sender', user],
      ['recipient', this.#pick(this.#users)],
      ['amount', coin],
    ] as const
    return [
      ...this.#execute(user, payments, 'create_transfer', coin),
      this.#wasm('wasm-seimoney.create_transfer', payments, transfer),
    ]
  }

  #deposit(user: string, contract: string, name: string, idKey: string): EventSpec[] {
    const amount = this.#amount()
    const who = { 'seimoney.contribute': 'contributor', 'seimoney.deposit_vault': 'user' }[name] ?? 'owner'
    const shares = name === 'seimoney.deposit_vault' ? [['shares', amount] as const] : []
    const id = String(1 + Math.floor(this.#random() * ENTITIES))
    const attributes = [[idKey, id], [who, user], ['amount', amount], ['denom', 'usei'], ...shares] as const
    const paid = this.#random() < 0.8 ? `${amount}usei` : ''
    return [
      ...this.#execute(user, contract, name.slice('seimoney.'.length), paid),
      this.#wasm(`wasm-${name}`, contract, attributes),
    ]
  }

  /** A trade over several pools, each of them a contract. */
  #swap(user: string): EventSpec[] {
    const hops = this.#repeat(1, 7, () => {
      const contract = this.#pick(this.#foreign)
      const amount = this.#amount()
      const trade = [
        ['action', 'swap'],
        ['sender', user],
        ['offer_asset', 'usei'],
        ['ask_asset', `ibc/${sha256(amount)}`],
        ['offer_amount', amount],
        ['return_amount', amount],
        ['spread_amount', '12'],
      ] as const
      return [
        ...this.#payment(user, contract, `${amount}usei`),
        { type: 'execute', attributes: [['_contract_address', contract]] },
        this.#wasm('wasm', contract, trade),
      ]
    }) as EventSpec[][]
    return [...this.#message('/cosmwasm.wasm.v1.MsgExecuteContract', user, 'wasm'), ...hops.flat()]
  }

  #execute(user: string, contract: string, action: string, coin: string): EventSpec[] {
    return [
      ...this.#message('/cosmwasm.wasm.v1.MsgExecuteContract', user, 'wasm'),
      ...(coin ? this.#payment(user, contract, coin) : []),
      { type: 'execute', attributes: [['_contract_address', contract]] },
      this.#wasm('wasm', contract, [['action', action]]),
    ]
  }

  #bankSend(user: string): EventSpec[] {
    return [
      ...this.#message('/cosmos.bank.v1beta1.MsgSend', user, 'bank'),
      ...this.#payment(user, this.#pick(this.#users), `${this.#amount()}usei`),
    ]
  }

  #message(action: string, sender: string, module: string): EventSpec[] {
    if (this.#dialect === 'plain')
      return [
        {
          type: 'message',
          attributes: [
            ['action', action],
            ['sender', sender],
            ['module', module],
          ],
        },
      ]
    return [
      { type: 'message', attributes: [['action', action]] },
      {
        type: 'message',
        attributes: [
          ['module', module],
          ['sender', sender],
        ],
      },
    ]
  }

  #payment(from: string, to: string, amount: string): EventSpec[] {
    return [
      {
        type: 'coin_spent',
        attributes: [
          ['spender', from],
          ['amount', amount],
        ],
      },
      {
        type: 'coin_received',
        attributes: [
          ['receiver', to],
          ['amount', amount],
        ],
      },
      {
        type: 'transfer',
        attributes: [
          ['recipient', to],
          ['sender', from],
          ['amount', amount],
        ],
      },
    ]
  }

  #wasm(type: string, contract: string, attributes: EventSpec['attributes']): EventSpec {
    return { type, attributes: [['_contract_address', contract], ...attributes] }
  }

  /** What the ante handlers emit before any message. */
  #ante(user: string): EventSpec[] {
    const fee = {
      type: 'tx',
      attributes: [
        ['fee', '8000usei'],
        ['fee_payer', user],
      ],
    } as const
    const spent = {
      type: 'coin_spent',
      attributes: [
        ['spender', user],
        ['amount', '8000usei'],
      ],
    } as const
    const sequence = { type: 'tx', attributes: [['acc_seq', `${user}/${Math.floor(this.#random() * 1000)}`]] } as const
    const signature = { type: 'tx', attributes: [['signature', this.#bytes(64).toString('base64')]] } as const
    if (this.#dialect === 'plain') return [spent, fee, sequence, signature]
    const signer = {
      type: 'signer',
      attributes: [
        ['evm_addr', `0x${this.#bytes(20).toString('hex')}`],
        ['sei_addr', user],
      ],
    } as const
    return [sequence, signature, signer, spent, fee]
  }

  #tx(user: string, messages: EventSpec[][]): TxSpec {
    const plain = this.#dialect === 'plain'
    const numbered = messages.map((events, n) =>
      plain
        ? events.map(({ type, attributes }) => ({ type, attributes: [...attributes, ['msg_index', `${n}`] as const] }))
        : events,
    )
    return {
      ...{
        bytes: this.#bytes(420),
        code: 0,
        data: this.#bytes(48).toString('base64'),
        log: plain ? '' : rawLog(messages.flat()),
      },
      ...{ gasWanted: 400_000, gasUsed: 131_190, events: [...this.#ante(user), ...numbered.flat()] },
    }
  }

  #failed(user: string): TxSpec {
    const log = 'failed to execute message; message index: 0: Already claimed or refunded: execute wasm contract failed'
    return {
      bytes: this.#bytes(420),
      code: 5,
      data: '',
      log,
      gasWanted: 400_000,
      gasUsed: 100_637,
      events: this.#ante(user),
    }
  }

  #evm(): TxSpec {
    const evm = { txHash: `0x${this.#bytes(32).toString('hex')}` }
    return {
      bytes: this.#bytes(180),
      code: 0,
      data: this.#bytes(120).toString('base64'),
      log: '',
      gasWanted: 21_000,
      gasUsed: 21_000,
      events: [],
      evm,
    }
  }

  #repeat<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: least + Math.floor(this.#random() * (most - least + 1)) }, make)
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T
  }

  #amount(): string {
    return String(1 + Math.floor(this.#random() * 5_000_000))
  }

  #bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => Math.floor(this.#random() * 256)))
  }

  #address(length: number): string {
    const prefix = this.#dialect === 'plain' ? 'wasm1' : 'sei1'
    return prefix + Array.from({ length }, () => BECH32[Math.floor(this.#random() * 32)]).join('')
  }
}
