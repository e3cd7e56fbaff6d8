/** Parameter values as they come by JSON and in a query string. */
import type { ChainNode } from './chain-node.ts'
import type { Via } from './rpc.ts'

/** Text; in a query string it stands in quotes. */
export function unquote(value: unknown): string {
  return String(value ?? '').replace(/^"(.*)"$/s, '$1')
}

/** An optional whole number, read as the server reads heights. */
export function integer(node: ChainNode, value: unknown, via: Via, otherwise: number): number {
  return value === undefined || value === null || value === '' ? otherwise : node.server.height(value, via)
}

/** Bytes as upper-case hex: POST to CometBFT carries base64 and nothing else; GET, and Sei, hex; Sei takes base64 too. */
export function bytesOf(value: unknown, base64Only: boolean): string {
  const text = unquote(value).replace(/^0x/i, '')
  const isHex = /^([0-9a-f]{2})*$/i.test(text)
  return !base64Only && isHex ? text.toUpperCase() : Buffer.from(text, 'base64').toString('hex').toUpperCase()
}
