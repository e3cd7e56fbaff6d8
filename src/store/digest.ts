/** A digest chain over the log: two stores, or a store and its replay, that say the same have the same digest. */
import { createHash } from 'node:crypto'
import { endOf, type Position } from '../events/position.ts'
import type { CommittedEvent } from '../events/types.ts'
import { StoreError } from './errors.ts'
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
/** Before the first event. */
const NOTHING = '0'.repeat(64)

/**
 * Walks the log and answers its digest: for each height that has events, in order, SHA-256 of the digest before, the height
 * (8 bytes, big-endian), and of each event its text's length in bytes (4) and the text. Before the first stand 32 zero bytes;
 * what retention deleted from the beginning counts as if it were still there.
 * Computed when asked, about as fast as the disk reads: nothing is kept, so nothing can be out of date when a history that
 * was fetched later enters the log below (D5).
 * @throws StoreError `E_CUT` for heights of which some were deleted; what the disk makes of it
 */
export function logDigest(
  reader: Pick<LogReader, 'events' | 'checkpoint' | 'cut'>,
  { from = 1, to = Number.MAX_SAFE_INTEGER }: DigestRange = {},
): LogDigest {
  const height = Math.min(to, reader.checkpoint().height)
  const cut = reader.cut()
  if (height < cut.height || (from > 1 && from <= cut.height))
    throw new StoreError(
      'E_CUT',
      `the events up to height ${cut.height} were deleted: ask for heights above (store.retain)`,
    )
  let { events, digest } = from > 1 ? { events: 0, digest: NOTHING } : cut
  const before: Position = { height: height + 1, txIndex: 0, eventIndex: 0 }
  let since: Position | undefined = endOf(Math.max(from - 1, cut.height))
  let block: CommittedEvent[] = []
  while (since) {
    const page = reader.events({ since, before, order: 'asc', limit: PAGE })
    for (const event of page) {
      if (block[0] && block[0].height !== event.height) {
        digest = chain(digest, block)
        block = []
      }
      block.push(event)
    }
    events += page.length
    since = page.length < PAGE ? undefined : page.at(-1)
  }
  return { height, events, digest: chain(digest, block) }
}

/** The digest, 64 hex digits, with the events of one height after what it was of. */
export function chain(digest: string, block: readonly { height: number; text: string }[]): string {
  const [first] = block
  if (!first) return digest
  const hash = createHash('sha256').update(Buffer.from(digest, 'hex')).update(bytesOf(first.height, 8))
  for (const { text } of block) {
    const bytes = Buffer.from(text)
    hash.update(bytesOf(bytes.length, 4)).update(bytes)
  }
  return hash.digest('hex')
}

function bytesOf(value: number, size: 4 | 8): Buffer {
  const bytes = Buffer.alloc(size)
  if (size === 8) bytes.writeBigUInt64BE(BigInt(value))
  else bytes.writeUInt32BE(value)
  return bytes
}
