/** What the six contracts have in common: how they are called, what they answer, and how they lay out their state. */
import { canonicalAccount } from '../../../events/accounts.ts'
import type { Coin } from '../coins.ts'
import { MAX_UINT128 } from '../coins.ts'
import { ContractError } from './serde.ts'

/** A contract's state: keys as bytes in Latin-1, so that they sort as bytes do; values as the JSON the contract writes. */
export interface Store {
  get(key: string): unknown
  set(key: string, value: unknown): void
  delete(key: string): void
  keys(): Iterable<string>
}

/** In which world a message is read. */
export interface Env {
  store: Store
  /** Of account addresses. */
  prefix: string
}

/** One call of a contract. */
export interface Invocation extends Env {
  sender: string
  /** Already the contract's when it runs. */
  funds: readonly Coin[]
  /** The block's time in whole seconds since 1970; expiries are whole seconds too, so fractions decide nothing. */
  now: number
}

/** What a call leads to, besides the changed state. */
export interface Response {
  /** Attribute of the `wasm` event. */
  action: string
  /** The `wasm-seimoney.*` event. */
  event?: { name: string; attributes: [key: string, value: string][] }
  /** Coins the contract sends once it has run. */
  pay?: { to: string; coin: Coin }
}

/** The code of a contract. All throw {@link ContractError} with the contract's words. */
export interface Contract {
  instantiate(call: Invocation, message: unknown): void
  execute(call: Invocation, message: unknown): Response
  /** The answer, in the key order of the contract's JSON. */
  query(env: Env, message: unknown): unknown
  /** The highest id given so far; 0 when the contract gives none. */
  lastId(store: Store): number
}

/** @throws ContractError with `reason` unless `holds` */
export function ensure(holds: boolean, reason: string): asserts holds {
  if (!holds) throw new ContractError(reason)
}

/** `deps.api.addr_validate`. @throws ContractError when `text` is no canonical address of this chain */
export function validAddress(text: string, prefix: string): string {
  ensure(canonicalAccount(text, prefix) === text, 'Generic error: addr_validate errored: decoding bech32 failed')
  return text
}

/** Uint128 arithmetic panics beyond its range, and a panic aborts the call. */
export function uint(value: bigint): string {
  ensure(
    value >= 0n && value <= MAX_UINT128,
    'Error calling the VM: Error executing Wasm: Wasmer runtime error: RuntimeError: Aborted: panicked: attempt to leave the range of Uint128',
  )
  return value.toString()
}

/** cw-storage-plus `Item`: one value under its name. */
export function item<Value>(name: string): { load(store: Store): Value; save(store: Store, value: Value): void } {
  return {
    load: (store) => store.get(name) as Value,
    save: (store, value) => store.set(name, value),
  }
}

/** cw-storage-plus `Map`: values under a namespace and a key of one or two parts (all but the last carry their length). */
export function map<Value>(namespace: string) {
  const prefix = lengthOf(namespace) + namespace
  const keyOf = (parts: readonly string[]) =>
    prefix + parts.map((part, n) => (n === parts.length - 1 ? part : lengthOf(part) + part)).join('')
  return {
    load: (store: Store, ...parts: string[]) => store.get(keyOf(parts)) as Value | undefined,
    save: (store: Store, value: Value, ...parts: string[]) => store.set(keyOf(parts), value),
    remove: (store: Store, ...parts: string[]) => store.delete(keyOf(parts)),
    /** All values in the order of their keys, after the key of `after` when given. */
    range(store: Store, after?: readonly string[]): Value[] {
      const bound = after ? keyOf(after) : prefix
      const keys = [...store.keys()].filter((key) => key.startsWith(prefix) && key > bound)
      return keys.sort().map((key) => store.get(key) as Value)
    },
  }
}

/** A map from ids, which count up from 1 and are never given back, and the item that holds the next one. */
export function entities<Value>(namespace: string, counter: string, typeName: string) {
  const values = map<Value>(namespace)
  const next = item<number>(counter)
  const entitiesOfThis = {
    begin: (store: Store) => next.save(store, 1),
    lastId: (store: Store) => next.load(store) - 1,
    /** Makes the next one. */
    add(store: Store, make: (id: number) => Value): Value {
      const id = next.load(store)
      const value = make(id)
      values.save(store, value, u64(id))
      next.save(store, id + 1)
      return value
    },
    save: (store: Store, id: number, value: Value) => values.save(store, value, u64(id)),
    /** @throws ContractError with `otherwise`, by default what cw-storage-plus says in a query */
    load(store: Store, id: number, otherwise?: string): Value {
      const value = values.load(store, u64(id))
      if (value === undefined) throw new ContractError(otherwise ?? notFound(namespace, typeName, id))
      return value
    },
    /** Those that match, in the order of their ids, after `after` and at most `limit`. */
    page(store: Store, after: number | null, limit: number, matches = (_: Value) => true): Value[] {
      const found: Value[] = []
      for (let id = (after ?? 0) + 1; id <= entitiesOfThis.lastId(store) && found.length < limit; id++) {
        const value = entitiesOfThis.load(store, id)
        if (matches(value)) found.push(value)
      }
      return found
    },
  }
  return entitiesOfThis
}

/** A u64 as a key part: eight bytes, big-endian. */
export function u64(value: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes.toString('latin1')
}

/** Text as a key part. */
export function text(value: string): string {
  return Buffer.from(value).toString('latin1')
}

/** The version every contract writes down about itself (cw2). */
export function stamp(store: Store, name: string): void {
  store.set('contract_info', { contract: `crates.io:${name}`, version: '0.1.0' })
}

function lengthOf(part: string): string {
  return String.fromCharCode(part.length >> 8, part.length & 255)
}

function notFound(namespace: string, typeName: string, id: number): string {
  const key = Buffer.from(lengthOf(namespace) + namespace + u64(id), 'latin1')
  const bytes = [...key].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
  return `type: ${typeName}; key: [${bytes.join(', ')}] not found`
}
