/** All that a chain knows between two blocks, under one journal. */
import { type Account, Accounts } from './accounts.ts'
import { Bank, type BankSnapshot } from './bank.ts'
import { Journal } from './journal.ts'
import type { Genesis } from './types.ts'
import { Wasm, type WasmSnapshot } from './wasm.ts'

/** {@link ChainState} as plain JSON data. */
export interface ChainSnapshot {
  height: number
  now: number
  /** Hex. */
  appHash: string
  bank: BankSnapshot
  accounts: [address: string, account: Account][]
  wasm: WasmSnapshot
}

/** The parts of the state; whoever changes one keeps or reverts the journal. */
export class ChainState {
  readonly genesis: Genesis
  readonly journal = new Journal()
  readonly bank: Bank
  readonly accounts: Accounts
  readonly wasm: Wasm
  height: number
  /** Time of the last block, in whole seconds since 1970. */
  now: number
  appHash: Buffer

  constructor(genesis: Genesis, snapshot: ChainSnapshot = beginning(genesis)) {
    this.genesis = genesis
    this.accounts = new Accounts(this.journal, snapshot.accounts)
    this.bank = new Bank(genesis.dialect, this.accounts, this.journal, snapshot.bank)
    this.wasm = new Wasm(genesis, this, snapshot.wasm)
    this.height = snapshot.height
    this.now = snapshot.now
    this.appHash = Buffer.from(snapshot.appHash, 'hex')
  }

  snapshot(): ChainSnapshot {
    return {
      height: this.height,
      now: this.now,
      appHash: this.appHash.toString('hex'),
      bank: this.bank.snapshot(),
      accounts: this.accounts.snapshot(),
      wasm: this.wasm.snapshot(),
    }
  }
}

function beginning({ balances, time }: Genesis): ChainSnapshot {
  return {
    height: 0,
    now: Math.floor(Date.parse(time) / 1000),
    appHash: '00'.repeat(32),
    bank: { balances: Object.entries(balances).map(([address, coins]) => [address, { ...coins }]), wei: [] },
    accounts: Object.keys(balances).map((address, number) => [address, { number, sequence: 0, nonce: 0 }]),
    wasm: { contracts: [], state: [] },
  }
}
