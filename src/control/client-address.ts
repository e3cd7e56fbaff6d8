/** Where a request comes from, for limits and the log. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** The address of the client, however many proxies are between. */
export type AddressOf = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string

/**
 * With `proxies` in front, each of which adds to X-Forwarded-For where its request came from, the client stands that many
 * places from the right; what is left of it anybody can have written. Without proxies, and when the header holds fewer
 * or something that is no address, it is who is connected.
 */
export function clientAddress(proxies: number | false): AddressOf {
  return ({ headers, socket }) => {
    const connected = plainAddress(socket.remoteAddress ?? '')
    if (!proxies) return connected
    const given = plainAddress([headers['x-forwarded-for'] ?? ''].flat().join().split(',').at(-proxies)?.trim() ?? '')
    return isIP(given) ? given : connected
  }
}

/** An IPv4 address as such, also where a socket of IPv6 tells it. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}
