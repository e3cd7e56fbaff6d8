/** What an event changes, as tags: once per block they invalidate whatever carries them. */

const TAGS: Readonly<Record<string, readonly string[]>> = {
  transfer: ['transfers', 'user_portfolio', 'market_stats'],
  group_created: ['groups', 'market_stats'],
  group: ['groups', 'market_stats', 'user_portfolio'],
  pot_created: ['pots', 'user_portfolio'],
  pot: ['pots', 'user_portfolio', 'market_stats'],
  vault_deposited: ['vaults', 'vault_performance', 'user_portfolio', 'market_stats'],
  vault_withdrawn: ['vaults', 'vault_performance', 'user_portfolio', 'market_stats'],
  vault: ['vaults', 'vault_performance', 'market_stats'],
  alias: ['alias'],
  escrow: ['escrow'],
}

/** The tags an event of this type invalidates; the first word of one that is not SeiMoney's. */
export function tags(type: string): readonly string[] {
  const [kind = type] = type.split(/[_.]/, 1)
  return own(type) ?? own(kind) ?? [kind]
}

/** A type may be called like a property that every object has. */
function own(key: string): readonly string[] | undefined {
  return Object.hasOwn(TAGS, key) ? TAGS[key] : undefined
}
