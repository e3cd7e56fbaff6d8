/** Which channels there are, what each carries, and who listens. */
import type { App, ChannelSpec } from '../events/app.ts'
import type { Shown } from './live-views.ts'
import type { Session } from './session.ts'

/** Who listens to a channel. */
export interface Listener {
  readonly session: Session
  /** What concerns it; undefined: everything. */
  readonly address: string | undefined
  /** Sends a view, unless as much was sent before. */
  show(view: Shown): void
}

const NOBODY: ReadonlySet<Listener> = new Set()

/** One channel and its live subscriptions. */
export class Channel {
  readonly name: string
  /** First words of the types it carries; `'*'`: all. */
  readonly kinds: readonly string[] | '*'
  readonly address: ChannelSpec['address']
  /** Live subscriptions without an address. */
  readonly everybody: Set<Listener> = new Set()
  /** Live subscriptions by the address they are about. */
  readonly byAddress: Map<string, Set<Listener>> = new Map()

  constructor(name: string, { events, address }: ChannelSpec) {
    this.name = name
    this.kinds = events
    this.address = address
  }

  get silent(): boolean {
    return this.everybody.size === 0 && this.byAddress.size === 0
  }

  add(listener: Listener): void {
    if (listener.address === undefined) this.everybody.add(listener)
    else {
      const listeners = this.byAddress.get(listener.address) ?? new Set()
      this.byAddress.set(listener.address, listeners.add(listener))
    }
  }

  remove(listener: Listener): void {
    this.everybody.delete(listener)
    if (listener.address === undefined) return
    const listeners = this.byAddress.get(listener.address)
    listeners?.delete(listener)
    if (listeners?.size === 0) this.byAddress.delete(listener.address)
  }

  /** Who listens to (channel, address). */
  listeners(address: string | undefined): ReadonlySet<Listener> {
    return (address === undefined ? this.everybody : this.byAddress.get(address)) ?? NOBODY
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
