/**
 * Who may come in. Loopback is no boundary against browsers: any page an operator visits can send requests to it, and
 * DNS rebinding can read the answers. So Host and Origin are checked on every route and every upgrade.
 */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { isLoopback } from '../config/index.ts'

export interface GuardOptions {
  /** Where the server listens. On every address of the machine, each address may be called by its number. */
  host?: string
  /** Host names beside loopback's under which requests may come, e.g. `api.example.org`. */
  allowedHosts: readonly string[]
  /** Origins of web pages beside loopback's, e.g. `https://app.example.org`; `*`: every page. */
  allowedOrigins: readonly string[]
}

export type Admission =
  | { ok: true; origin: string | undefined }
  | { ok: false; code: 'host_forbidden' | 'origin_forbidden'; message: string }

/** Decides from method and headers alone; the same for REST, WebSocket and socket.io. */
export type Guard = (request: Pick<IncomingMessage, 'headers' | 'method'>) => Admission

const READS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** What browsers say they want an answer for when it is a link that was followed (Fetch Metadata, W3C); old ones say nothing. */
const LINKED = new Set<unknown>([undefined, 'document'])

export function createGuard({ host = '127.0.0.1', allowedHosts, allowedOrigins }: GuardOptions): Guard {
  const hosts = new Set([...allowedHosts, host].map((name) => name.toLowerCase()))
  const origins = new Set(allowedOrigins.map((origin) => origin.toLowerCase()))
  const everywhere = host === '0.0.0.0' || host === '::' // an IP address in Host can't come from DNS rebinding
  const ours = (given: string): boolean => {
    const name = hostName(given)
    return isLoopback(name) || hosts.has(given) || hosts.has(name) || (everywhere && isIP(bare(name)) !== 0)
  }
  const trusted = (origin: string, to: string): boolean =>
    origins.has('*') || origins.has(origin) || originHost(origin) === to || isLoopback(hostName(originHost(origin)))

  return ({ headers, method = 'GET' }) => {
    const to = headers.host?.toLowerCase()
    const origin = headers.origin
    if (to !== undefined && !ours(to))
      return refused('host_forbidden', 'this host name is not served here; add it to control.allowedHosts')
    const foreign =
      origin === undefined
        ? headers['sec-fetch-site'] === 'cross-site' && !(READS.has(method) && LINKED.has(headers['sec-fetch-dest']))
        : !trusted(origin.toLowerCase(), to ?? '')
    if (foreign)
      return refused('origin_forbidden', 'pages of this origin may not come in; add it to control.allowedOrigins')
    return { ok: true, origin }
  }
}

function refused(code: 'host_forbidden' | 'origin_forbidden', message: string): Admission {
  return { ok: false, code, message }
}

/** Host and port of an origin; empty for `null` and what is none. */
function originHost(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : ''
}

/** Without the port. */
function hostName(host: string): string {
  return host.replace(/:\d+$/, '')
}

/** An IPv6 address without its brackets. */
function bare(name: string): string {
  return name.replace(/^\[(.*)\]$/, '$1')
}
