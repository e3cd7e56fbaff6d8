/** The wasm module: which contracts there are, and what their calls do to coins and events. */
import { createHash } from 'node:crypto'
import { accountFromBytes } from '../../events/accounts.ts'
import type { Accounts } from './accounts.ts'
import type { Bank } from './bank.ts'
import { type Coin, checkCoins } from './coins.ts'
import type { Response } from './contracts/contract.ts'
import { CONTRACTS } from './contracts/index.ts'
import { ContractError } from './contracts/serde.ts'
import { Failure } from './failure.ts'
import { GAS, type GasMeter } from './gas.ts'
import { type Journal, Table } from './journal.ts'
import type { AppEvent, ContractKind, Genesis } from './types.ts'

/** What is known of a contract besides its state. */
export interface ContractRecord {
  kind: ContractKind
  codeId: number
  creator: string
  admin: string
  label: string
  /** Where it was made. */
  height: number
  txIndex: number
}

/** What a transaction brings along while its messages run. */
export interface Running {
  height: number
  txIndex: number
  /** Seconds since 1970. */
  now: number
  gas: GasMeter
  /** Contracts whose code this transaction has loaded. */
  loaded: Set<string>
}

/** What the module knows, as plain data. */
export interface WasmSnapshot {
  contracts: [address: string, record: ContractRecord][]
  state: [address: string, entries: [key: string, value: unknown][]][]
}

/** All contracts of a chain. */
export class Wasm {
  readonly #genesis: Genesis
  readonly #journal: Journal
  readonly #bank: Bank
  readonly #accounts: Accounts
  readonly #records: Table<ContractRecord>
  readonly #stores: Map<string, Table<unknown>>

  constructor(genesis: Genesis, sdk: { journal: Journal; bank: Bank; accounts: Accounts }, snapshot: WasmSnapshot) {
    this.#genesis = genesis
    this.#journal = sdk.journal
    this.#bank = sdk.bank
    this.#accounts = sdk.accounts
    this.#records = new Table(sdk.journal, snapshot.contracts)
    this.#stores = new Map(snapshot.state.map(([address, entries]) => [address, new Table(sdk.journal, entries)]))
  }

  /** Addresses, in the order of instantiation. */
  addresses(): string[] {
    return [...this.#records.keys()]
  }

  record(address: string): ContractRecord | undefined {
    return this.#records.get(address)
  }

  /** The state of a contract, also of one that is just being made. */
  store(address: string): Table<unknown> {
    const known = this.#stores.get(address)
    if (known) return known
    const store = new Table<unknown>(this.#journal)
    this.#stores.set(address, store)
    return store
  }

  /** @throws Failure when the code is unknown or its contract refuses; else the address of the new contract */
  instantiate(
    order: { sender: string; admin: string; codeId: bigint; label: string; msg: Uint8Array; funds: readonly Coin[] },
    running: Running,
    events: AppEvent[],
  ): string {
    const { sender, admin, label, funds } = order
    const codeId = Number(order.codeId)
    const kind = this.#genesis.codes[codeId]
    if (!kind) throw new Failure(8, `code: not found`, 'wasm')
    running.gas.use(GAS.load + GAS.instantiate, 'Loading CosmWasm module: instantiate')
    const address = contractAddress(codeId, this.#records.size + 1, this.#genesis.prefix)
    const { height, txIndex, now } = running
    this.#records.set(address, { kind, codeId, creator: sender, admin, label, height, txIndex })
    this.#accounts.ensure(address)
    this.#fund(sender, address, funds, running, events)
    const { prefix } = this.#genesis
    refusedAs(4, 'instantiate wasm contract failed', () =>
      CONTRACTS[kind].instantiate({ store: this.store(address), sender, funds, now, prefix }, parse(order.msg)),
    )
    events.push({
      type: 'instantiate',
      attributes: [
        ['_contract_address', address],
        ['code_id', `${codeId}`],
      ],
    })
    this.#emit(address, { action: 'instantiate' }, running, events)
    return address
  }

  /** @throws Failure when there is no such contract or it refuses */
  execute(
    order: { sender: string; contract: string; msg: Uint8Array; funds: readonly Coin[] },
    running: Running,
    events: AppEvent[],
  ): void {
    const { sender, contract, funds } = order
    const record = this.#records.get(contract)
    if (!record) throw this.#noSuch(contract)
    const loaded = running.loaded.has(contract)
    running.gas.use(loaded ? GAS.run : GAS.load, 'Loading CosmWasm module: execute')
    running.loaded.add(contract)
    this.#fund(sender, contract, funds, running, events)
    events.push({ type: 'execute', attributes: [['_contract_address', contract]] })
    const { prefix } = this.#genesis
    const call = { store: this.store(contract), sender, funds, now: running.now, prefix }
    const response = refusedAs(5, 'execute wasm contract failed', () =>
      CONTRACTS[record.kind].execute(call, parse(order.msg)),
    )
    this.#emit(contract, response, running, events)
    if (response.pay) this.#pay(contract, response.pay, running, events)
  }

  /** A smart query. @throws Failure with the contract's words */
  query(address: string, message: unknown): unknown {
    const record = this.#records.get(address)
    if (!record) throw this.#noSuch(address)
    return refusedAs(9, 'query wasm contract failed', () =>
      CONTRACTS[record.kind].query({ store: this.store(address), prefix: this.#genesis.prefix }, message),
    )
  }

  snapshot(): WasmSnapshot {
    const state = this.addresses().map((address): [string, [string, unknown][]] => [
      address,
      this.store(address).entries(),
    ])
    return { contracts: this.#records.entries(), state }
  }

  #noSuch(address: string): Failure {
    return this.#genesis.dialect === 'plain'
      ? new Failure(22, `address ${address}: no such contract`, 'wasm')
      : new Failure(8, 'contract: not found', 'wasm')
  }

  #fund(sender: string, contract: string, funds: readonly Coin[], { gas }: Running, events: AppEvent[]): void {
    if (funds.length === 0) return
    gas.use(GAS.bankSend, 'WriteFlat')
    checkCoins(funds)
    this.#bank.move(sender, contract, funds, events)
  }

  /** The contract's own events: `_contract_address` first, values without white space around, none blank on Sei. */
  #emit(address: string, { action, event }: Response, { gas }: Running, events: AppEvent[]): void {
    const own: AppEvent[] = [{ type: 'wasm', attributes: [['action', action]] }]
    if (event) own.push({ type: `wasm-seimoney.${event.name}`, attributes: event.attributes })
    for (const { type, attributes } of own) {
      const trimmed = attributes.map(([key, value]): [string, string] => [key, trim(value)])
      const blank = trimmed.find(([, value]) => value === '')
      if (blank && this.#genesis.dialect === 'base64') {
        throw new Failure(21, `Empty attribute value. Key: ${blank[0]}: invalid event`, 'wasm')
      }
      const length = trimmed.reduce((sum, [, value]) => sum + value.length, 0)
      gas.use(GAS.event + GAS.valueByte * length, 'Custom contract event attributes')
      events.push({ type, attributes: [['_contract_address', address], ...trimmed] })
    }
  }

  /** The bank message a contract leaves behind. */
  #pay(contract: string, { to, coin }: NonNullable<Response['pay']>, { gas }: Running, events: AppEvent[]): void {
    try {
      gas.use(GAS.bankSend, 'WriteFlat')
      checkCoins([coin])
      this.#bank.move(contract, to, [coin], events)
    } catch (error) {
      // Sei's wasmd says where it happened, wasmd does not.
      if (!(error instanceof Failure) || error.code !== 5 || this.#genesis.dialect === 'plain') throw error
      throw new Failure(error.code, `dispatch: ${error.message}`, error.codespace)
    }
  }
}

/** wasmd x/wasm/keeper, BuildContractAddressClassic: an ADR-28 module address of code and instance number. */
export function contractAddress(codeId: number, instance: number, prefix: string): string {
  const key = Buffer.alloc(16)
  key.writeBigUInt64BE(BigInt(codeId))
  key.writeBigUInt64BE(BigInt(instance), 8)
  const typeHash = createHash('sha256').update('module').digest()
  return accountFromBytes(createHash('sha256').update(typeHash).update('wasm\0').update(key).digest(), prefix)
}

/** Go's strings.TrimSpace: what Unicode calls white space, U+0085 too and U+FEFF not. */
function trim(value: string): string {
  return value.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '')
}

function parse(msg: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(msg.buffer, msg.byteOffset, msg.byteLength).toString())
  } catch {
    throw new Failure(16, 'payload msg: invalid', 'wasm')
  }
}

/** Runs a contract; its refusal becomes a failure of the wasm module. */
function refusedAs<Result>(code: number, how: string, run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    throw error instanceof ContractError ? new Failure(code, `${error.message}: ${how}`, 'wasm') : error
  }
}
