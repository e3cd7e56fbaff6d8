/** Who may connect, whichever door: Host and Origin, connections in total and from one address, new ones a second. */
import type { IncomingMessage } from 'node:http'
import { Refused } from './refusal.ts'

/** Read at each use: they may change. */
export interface DoormanLimits {
  /** Connections in total, both doors. */
  maxConnections: number
  /** Connections from one address. */
  maxConnectionsPerIp: number
  /** New sockets a second from one address. */
  maxNewPerSecondPerIp: number
}

export interface DoormanOptions {
  /** The same guard that REST has. */
  admit(
    request: Pick<IncomingMessage, 'headers' | 'method'>,
  ): { ok: true } | { ok: false; code: 'host_forbidden' | 'origin_forbidden'; message: string }
  /** Where a request comes from, as REST sees it. */
  addressOf(request: IncomingMessage): string
  limits: DoormanLimits
}

export class Doorman {
  readonly #options: DoormanOptions
  readonly #connections = new Map<string, number>()
  #total = 0
  #second = 0
  #fresh = new Map<string, number>()

  constructor(options: DoormanOptions) {
    this.#options = options
  }

  /** Whether Host and Origin are such as may come in. */
  admits(request: Pick<IncomingMessage, 'headers' | 'method'>): boolean {
    return this.#options.admit(request).ok
  }

  /** Where it comes from. */
  addressOf(request: IncomingMessage): string {
    return this.#options.addressOf(request)
  }

  /** Lets a connection in, and answers what to call when it has ended. @throws Refused */
  enter(request: IncomingMessage): () => void {
    const admission = this.#options.admit(request)
    if (!admission.ok) throw new Refused(admission.code, admission.message)
    const ip = this.addressOf(request)
    const { maxConnections, maxConnectionsPerIp, maxNewPerSecondPerIp } = this.#options.limits
    const own = this.#connections.get(ip) ?? 0
    if (this.#total >= maxConnections || own >= maxConnectionsPerIp || this.#countFresh(ip) > maxNewPerSecondPerIp)
      throw new Refused('too_many_connections', 'too many connections; come back later', { retryAfterMs: 1_000 })
    this.#total += 1
    this.#connections.set(ip, own + 1)
    let inside = true
    return () => {
      if (!inside) return
      inside = false
      this.#total -= 1
      const left = (this.#connections.get(ip) ?? 1) - 1
      if (left) this.#connections.set(ip, left)
      else this.#connections.delete(ip)
    }
  }

  #countFresh(ip: string): number {
    const second = Math.floor(performance.now() / 1_000)
    if (second !== this.#second) this.#fresh = new Map()
    this.#second = second
    const count = (this.#fresh.get(ip) ?? 0) + 1
    this.#fresh.set(ip, count)
    return count
  }
}
