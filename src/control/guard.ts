/**
 * Who may come in. Loopback is no boundary against browsers: any page an operator visits can send requests to it, and
 * DNS rebinding can read the answers. So Host and Origin are checked on every route and every upgrade.
 */
import type { IncomingMessage } from 'node:http'

export interface GuardOptions {
  /** Host names beside loopback's under which requests may come, e.g. `api.example.org`. */
  allowedHosts: readonly string[]
  /** Origins of web pages beside loopback's, e.g. `https://app.example.org`. */
  allowedOrigins: readonly string[]
}

export type Admission = { ok: true; origin: string | undefined } | { ok: false; code: 'host_forbidden' | 'origin_forbidden'; message: string }

/** Decides from the request's headers alone; the same for REST, WebSocket and socket.io. */
export type Guard = (request: IncomingMessage) => Admission

const LOOPBACK_NAME = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

export function createGuard({ allowedHosts, allowedOrigins }: GuardOptions): Guard {
  const hosts = new Set(allowedHosts.map((host) => host.toLowerCase()))
  const origins = new Set(allowedOrigins.map((origin) => origin.toLowerCase()))
  const knownHost = (host: string): boolean => LOOPBACK_NAME.test(hostName(host)) || hosts.has(host) || hosts.has(hostName(host))
  return ({ headers }) => {
    const host = headers.host?.toLowerCase() ?? ''
    if (!knownHost(host))
      return { ok: false, code: 'host_forbidden', message: 'this host name is not served here; add it to control.allowedHosts' }
    const origin = headers.origin
    if (origin === undefined) return { ok: true, origin }
    if (origins.has(origin.toLowerCase()) || LOOPBACK_NAME.test(originName(origin))) return { ok: true, origin }
    return { ok: false, code: 'origin_forbidden', message: 'pages of this origin may not connect; add it to control.allowedOrigins' }
  }
}

/** Without the port. */
function hostName(host: string): string {
  return host.replace(/:\d+$/, '')
}

function originName(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : ''
}
