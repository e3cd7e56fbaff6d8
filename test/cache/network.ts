/** Wires without threads: what was sent waits until a test delivers it, in the order and as often as the test likes. */
import type { FromOwner, ToOwner } from '../../src/cache/messages.ts'
import { Owner } from '../../src/cache/owner.ts'
import { Replica } from '../../src/cache/replica.ts'
import type { CacheConfig } from '../../src/cache/types.ts'

export const CONFIG: CacheConfig = {
  ...{ defaultTTL: 60_000, maxSize: 100, maxBytes: 1_000_000, cleanupInterval: 60_000, enableStats: true },
}

/** One direction of a wire. */
export class Line<T> {
  up = true
  readonly sent: T[][] = []
  #waiting: (() => void)[] = []

  get credit(): number {
    return this.up ? 1_000 : 0
  }

  trySend(batch: T[]): boolean {
    if (!this.up) return false
    this.sent.push(structuredClone(batch))
    return true
  }

  async writable(): Promise<void> {
    if (!this.up) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  open(): void {
    this.up = true
    for (const resume of this.#waiting.splice(0)) resume()
  }
}

export interface Clock {
  now: number
}

/** A replica whose wire is a {@link Line} each way. */
export interface Side {
  replica: Replica
  toOwner: Line<ToOwner>
  fromOwner: Line<FromOwner>
}

export function side(main: boolean, clock: Clock, configs: Record<string, CacheConfig>): Side {
  const replica = new Replica({ configs, main, now: () => clock.now })
  const [toOwner, fromOwner] = [new Line<ToOwner>(), new Line<FromOwner>()]
  replica.attach({ outlet: toOwner, inlet: { each: () => new Promise<never>(() => undefined) } })
  return { replica, toOwner, fromOwner }
}

/** An owner of these sides; what the last one sent and nobody got is lost. */
export function ownerOf(sides: Record<string, Side>, clock: Clock, configs: Record<string, CacheConfig>): Owner {
  for (const each of Object.values(sides)) {
    each.toOwner.sent.length = 0
    each.fromOwner.sent.length = 0
  }
  const threads = Object.fromEntries(Object.entries(sides).map(([name, { fromOwner }]) => [name, fromOwner]))
  return new Owner({ configs, threads, now: () => clock.now })
}

/** Delivers everything, until nobody says anything any more. */
export function settle(owner: Owner, sides: Record<string, Side>): void {
  for (let moved = true; moved; ) {
    moved = false
    for (const [name, { replica, toOwner, fromOwner }] of Object.entries(sides)) {
      replica.flush()
      for (const report of toOwner.sent.splice(0)) {
        owner.take(name, report)
        moved = true
      }
      for (const change of fromOwner.sent.splice(0)) {
        replica.take(change)
        moved = true
      }
    }
  }
}
