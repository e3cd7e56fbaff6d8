/** Alias: one name per address, and no name twice. */
import {
  type Contract,
  type Env,
  ensure,
  type Invocation,
  item,
  map,
  type Response,
  stamp,
  text,
  validAddress,
} from './contract.ts'
import { optional, string, struct, u32, variants } from './serde.ts'

const InstantiateMsg = struct({
  admin: optional(string),
  min_username_length: optional(u32),
  max_username_length: optional(u32),
})
const Named = struct({ username: string })
const ExecuteMsg = variants({ register: Named, update: Named, unregister: struct({}) })
const QueryMsg = variants({
  config: struct({}),
  resolve: Named,
  reverse_lookup: struct({ address: string }),
  list_usernames: struct({ start_after: optional(string), limit: optional(u32) }),
})

const CONFIG = item<{ admin: string; min_username_length: number; max_username_length: number }>('config')
const NAME_TO_ADDR = map<string>('name_to_addr')
const ADDR_TO_NAME = map<string>('addr_to_name')

/** seimoney-alias. */
export const alias: Contract = {
  instantiate({ store, sender, prefix }, message) {
    const order = InstantiateMsg(message, 'seimoney_alias::msg::InstantiateMsg')
    CONFIG.save(store, {
      admin: order.admin === null ? sender : validAddress(order.admin, prefix),
      min_username_length: order.min_username_length ?? 3,
      max_username_length: order.max_username_length ?? 20,
    })
    stamp(store, 'seimoney-alias')
  },

  execute(call, message) {
    const order = ExecuteMsg(message, 'seimoney_alias::msg::ExecuteMsg')
    if ('register' in order) return register(call, order.register.username)
    return 'update' in order ? update(call, order.update.username) : unregister(call)
  },

  query({ store, prefix }, message) {
    const question = QueryMsg(message, 'seimoney_alias::msg::QueryMsg')
    if ('config' in question) return CONFIG.load(store)
    if ('resolve' in question) {
      const { username } = question.resolve
      const address = NAME_TO_ADDR.load(store, text(username))
      ensure(address !== undefined, 'Username not found not found')
      return { username, address, registered_at: 0 }
    }
    if ('reverse_lookup' in question) {
      const address = validAddress(question.reverse_lookup.address, prefix)
      const username = ADDR_TO_NAME.load(store, address)
      ensure(username !== undefined, 'No username registered not found')
      return { address, username, registered_at: 0 }
    }
    // In the order of addresses, not of names; the contract ignores `start_after`.
    return ADDR_TO_NAME.range(store).slice(0, question.list_usernames.limit ?? 30)
  },

  lastId: () => 0,
}

function register({ store, sender }: Invocation, username: string): Response {
  checkName(store, username)
  ensure(NAME_TO_ADDR.load(store, text(username)) === undefined, 'Username already taken')
  ensure(ADDR_TO_NAME.load(store, sender) === undefined, 'Address already has username')
  return take(store, sender, username, 'register_alias')
}

function update({ store, sender }: Invocation, username: string): Response {
  const old = ADDR_TO_NAME.load(store, sender)
  ensure(old !== undefined, 'No username registered for address')
  checkName(store, username)
  ensure(NAME_TO_ADDR.load(store, text(username)) === undefined, 'Username already taken')
  NAME_TO_ADDR.remove(store, text(old))
  return take(store, sender, username, 'update_alias')
}

function unregister({ store, sender }: Invocation): Response {
  const username = ADDR_TO_NAME.load(store, sender)
  ensure(username !== undefined, 'No username registered for address')
  NAME_TO_ADDR.remove(store, text(username))
  ADDR_TO_NAME.remove(store, sender)
  return told('unregister_alias', username, sender)
}

function take(store: Env['store'], address: string, username: string, action: string): Response {
  NAME_TO_ADDR.save(store, address, text(username))
  ADDR_TO_NAME.save(store, username, address)
  return told(action, username, address)
}

/** The length counts bytes of UTF-8; letters and digits are those of all scripts, as Rust's `is_alphanumeric` has it. */
function checkName(store: Env['store'], username: string): void {
  const { min_username_length, max_username_length } = CONFIG.load(store)
  ensure(Buffer.byteLength(username) >= min_username_length, 'Username too short')
  ensure(Buffer.byteLength(username) <= max_username_length, 'Username too long')
  ensure(/^[\p{Alphabetic}\p{N}_]*$/u.test(username), 'Username contains invalid characters')
}

function told(action: string, username: string, address: string): Response {
  const attributes: [string, string][] = [
    ['username', username],
    ['address', address],
  ]
  return { action, event: { name: action, attributes } }
}
