/** What `0x…` stands for on a chain, asked of its nodes within a budget: anybody may ask for any address. */
import QuickLRU from 'quick-lru'
import { rateLimit } from '../control/rate-limit.ts'
import { accountFromHex, canonicalAccount, type ResolveHex } from '../events/accounts.ts'

export interface EvmAccountsDeps {
  /** Prefix of account addresses. */
  prefix: string
  /** The account associated with an EVM address in lower case, or null; may fail. */
  ask(address: string): Promise<string | null>
}

/** An association is for ever; that there is none, or that nobody could say, is asked again after this, ms. */
const REMEMBER = 10_000
const REMEMBERED = 20_000
/** Questions a second, all clients together, and how many seconds long one more waits for its turn. */
const BUDGET = 200
const PATIENCE = 3

/** Where nobody can say in time, it is the account of the same bytes: so it is until its owner associates it with another. */
export function evmAccounts({ prefix, ask }: EvmAccountsDeps): ResolveHex {
  const associated = new QuickLRU<string, string>({ maxSize: REMEMBERED / 2 })
  const lately = new QuickLRU<string, string | Promise<string>>({ maxSize: REMEMBERED / 2, maxAge: REMEMBER })
  const admitted = turnstile()

  const find = async (hex: string): Promise<string | undefined> => {
    try {
      return canonicalAccount((await ask(hex)) ?? '', prefix)
    } catch {
      return undefined
    }
  }

  const resolve = async (hex: string, sameBytes: string): Promise<string> => {
    if (!(await admitted())) {
      lately.delete(hex)
      return sameBytes
    }
    const account = await find(hex)
    if (account) associated.set(hex, account)
    lately.set(hex, account ?? sameBytes)
    return account ?? sameBytes
  }

  return (text) => {
    const hex = text.toLowerCase()
    const sameBytes = accountFromHex(hex, prefix)
    if (sameBytes === undefined) return undefined
    const known = associated.get(hex) ?? lately.get(hex)
    if (known) return known
    const resolving = resolve(hex, sameBytes)
    lately.set(hex, resolving)
    return resolving
  }
}

/** Lets through as many a second as the budget allows; false for who would wait too long. */
function turnstile(): () => Promise<boolean> {
  const budget = rateLimit(() => BUDGET, 1_000)
  return async () => {
    for (let waited = 0; waited < PATIENCE; waited += 1) {
      const wait = budget.take('node')
      if (!wait) return true
      await new Promise((resolve) => setTimeout(resolve, wait).unref())
    }
    return false
  }
}
