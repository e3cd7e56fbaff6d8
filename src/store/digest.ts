/** A digest chain over the log: two stores, or a store and its replay, that say the same have the same digest. */
import { createHash, type Hash } from 'node:crypto'
import { BLOCK_TX_INDEX, type Position } from '../events/position.ts'
import type { LogReader } from './types.ts'

/** Which heights, inclusive. */
export interface DigestRange {
  /** Default: 1, so the beginning of the log. */
  from?: number | undefined
  /** Default, and at most: the checkpoint. */
  to?: number | undefined
}

/** What the log says of these heights, in one value. */
export interface LogDigest {
  /** Up to which height, inclusive. */
  height: number
  /** How many events that is. */
  events: number
  /** 64 hex digits; zeros when there is no event. */
  digest: string
}

const PAGE = 1_000

/**
 * Walks the log and answers its digest: for each height that has events, in order, SHA-256 of the digest before, the height
 * (8 bytes, big-endian), and of each event its text's length in bytes (4) and the text. Before the first stand 32 zero bytes.
 * Computed when asked, about as fast as the disk reads: nothing is kept, so nothing can be out of date when a history that
 * was fetched later enters the log below (D5).
 * @throws StoreError what the disk makes of it
 */
export function logDigest(
  reader: Pick<LogReader, 'events' | 'checkpoint'>,
  { from = 1, to = Number.MAX_SAFE_INTEGER }: DigestRange = {},
): LogDigest {
  const height = Math.min(to, reader.checkpoint().height)
  const before: Position = { height: height + 1, txIndex: 0, eventIndex: 0 }
  let since: Position | undefined = { height: from - 1, txIndex: BLOCK_TX_INDEX, eventIndex: BLOCK_TX_INDEX }
  let events = 0
  let digest: Buffer = Buffer.alloc(32)
  let link: { height: number; hash: Hash } | undefined
  while (since) {
    const page = reader.events({ since, before, order: 'asc', limit: PAGE })
    for (const event of page) {
      if (link?.height !== event.height) {
        if (link) digest = link.hash.digest()
        link = { height: event.height, hash: createHash('sha256').update(digest).update(bytesOf(event.height, 8)) }
      }
      const text = Buffer.from(event.text)
      link.hash.update(bytesOf(text.length, 4)).update(text)
    }
    events += page.length
    since = page.length < PAGE ? undefined : page.at(-1)
  }
  if (link) digest = link.hash.digest()
  return { height, events, digest: digest.toString('hex') }
}

function bytesOf(value: number, size: 4 | 8): Buffer {
  const bytes = Buffer.alloc(size)
  if (size === 8) bytes.writeBigUInt64BE(BigInt(value))
  else bytes.writeUInt32BE(value)
  return bytes
}
