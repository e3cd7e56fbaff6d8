/** Which channels there are, what each carries, and who listens. */
import type { App, ChannelSpec } from '../events/app.ts'
import type { Subscription } from './subscription.ts'

/** One channel and its live subscriptions. */
export class Channel {
  readonly name: string
  /** First words of the types it carries; `'*'`: all. */
  readonly kinds: readonly string[] | '*'
  readonly address: ChannelSpec['address']
  /** Live subscriptions without an address. */
  readonly everybody: Set<Subscription> = new Set()
  /** Live subscriptions by the address they are about. */
  readonly byAddress: Map<string, Set<Subscription>> = new Map()

  constructor(name: string, { events, address }: ChannelSpec) {
    this.name = name
    this.kinds = events
    this.address = address
  }

  get silent(): boolean {
    return this.everybody.size === 0 && this.byAddress.size === 0
  }

  add(subscription: Subscription): void {
    if (subscription.address === undefined) this.everybody.add(subscription)
    else {
      const listeners = this.byAddress.get(subscription.address) ?? new Set()
      this.byAddress.set(subscription.address, listeners.add(subscription))
    }
  }

  remove(subscription: Subscription): void {
    this.everybody.delete(subscription)
    if (subscription.address === undefined) return
    const listeners = this.byAddress.get(subscription.address)
    listeners?.delete(subscription)
    if (listeners?.size === 0) this.byAddress.delete(subscription.address)
  }

  carries(kind: string): boolean {
    return this.kinds === '*' || this.kinds.includes(kind)
  }
}

/** The app's channels, and the two that every house has. */
export function channelsOf(app: App): Map<string, Channel> {
  const specs: Record<string, ChannelSpec> = {
    ...app.channels,
    blockchain_events: { events: '*', address: 'optional' },
    system: { events: [], address: 'ignored' },
  }
  return new Map(Object.entries(specs).map(([name, spec]) => [name, new Channel(name, spec)]))
}
