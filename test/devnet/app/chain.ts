/** A small chain of our own for tests: eight users, the six contracts, and a way to say what somebody does. */
import { createHash } from 'node:crypto'
import { createApplication } from '../../../src/devnet/app/application.ts'
import type {
  Application,
  Call,
  ContractKind,
  Executed,
  Genesis,
  Message,
  TxResult,
} from '../../../src/devnet/app/types.ts'
import { accountFromBytes } from '../../../src/events/accounts.ts'

export const KINDS: readonly ContractKind[] = ['payments', 'groups', 'pots', 'vaults', 'risk_escrow', 'alias']

export class TestChain {
  readonly genesis: Genesis
  readonly users: string[]
  app: Application
  height = 0

  constructor(dialect: Genesis['dialect']) {
    const prefix = dialect === 'plain' ? 'wasm' : 'sei'
    this.users = Array.from({ length: 8 }, (_, n) => {
      return accountFromBytes(createHash('sha256').update(`user ${n}`).digest().subarray(0, 20), prefix)
    })
    this.genesis = {
      chainId: 'test-1',
      dialect,
      prefix,
      time: '2026-01-01T00:00:00Z',
      balances: Object.fromEntries(this.users.map((user) => [user, { usei: '1000000000000', uatom: '5000' }])),
      codes: Object.fromEntries(KINDS.map((kind, n) => [n + 1, kind])),
    }
    this.app = createApplication(this.genesis)
    const [admin] = this.users
    const instantiate = (kind: ContractKind, n: number) => {
      return { instantiate: n + 1, label: kind, msg: kind === 'alias' ? {} : { default_denom: 'usei' } }
    }
    this.run(...KINDS.map((kind, n) => ({ sender: admin!, messages: [instantiate(kind, n)] })))
  }

  /** Address of a contract. */
  at(kind: ContractKind): string {
    return this.app.contracts()[KINDS.indexOf(kind)]!
  }

  /** Executes the calls in the next block. */
  run(...calls: Call[]): Executed {
    return this.block(calls.map((call) => this.app.encode(call)))
  }

  /** Executes the bytes in the next block, a second after the one before. */
  block(txs: readonly Uint8Array[]): Executed {
    this.height++
    return this.app.executeBlock({ height: this.height, time: this.time(), txs })
  }

  /** What one user's messages come to. */
  does(user: number, ...messages: Message[]): TxResult {
    return this.run({ sender: this.users[user]!, messages }).results[0]!
  }

  query(kind: ContractKind, message: unknown): unknown {
    return this.app.contract(this.at(kind))!.query(message)
  }

  /** Goes on with a new application made from a snapshot that went through JSON. */
  restore(): void {
    this.app = createApplication(this.genesis, JSON.parse(JSON.stringify(this.app.snapshot())))
  }

  time(): string {
    return new Date(Date.parse(this.genesis.time) + this.height * 1000).toISOString()
  }
}
