/**
 * The position of an event in the log: primary key, event id, resume cursor and deduplication key at once.
 * As text it is `<height>-<txIndex>-<eventIndex>`, or `<height>-block-<n>` for an event of the block itself, which
 * stands after the block's transactions. Positions do not sort as text: use {@link comparePositions}.
 */
export interface Position {
  /** Block height, 1 or more (0 only in {@link ORIGIN}). */
  readonly height: number
  /** Index of the transaction in its block, failed ones counted; {@link BLOCK_TX_INDEX} for events of the block. */
  readonly txIndex: number
  /** Index in the raw event list of that transaction's result (or of `finalize_block_events`). */
  readonly eventIndex: number
}

/** The txIndex of block-level events: greater than any transaction's, so that they sort after them. */
export const BLOCK_TX_INDEX: number = 2 ** 31 - 1

/** Stands before everything: `since: '0-0-0'` is the whole log, and an empty log's position. */
export const ORIGIN: Position = { height: 0, txIndex: 0, eventIndex: 0 }

/** Stands after everything of a height. */
export function endOf(height: number): Position {
  return { height, txIndex: BLOCK_TX_INDEX, eventIndex: BLOCK_TX_INDEX }
}

const POSITION = /^(0|[1-9]\d{0,14})-(0|[1-9]\d{0,9}|block)-(0|[1-9]\d{0,9})$/

/** The position as text, e.g. `137-0-9` or `137-block-3`. */
export function formatPosition({ height, txIndex, eventIndex }: Position): string {
  return `${height}-${txIndex === BLOCK_TX_INDEX ? 'block' : txIndex}-${eventIndex}`
}

/** Reads {@link formatPosition}'s text; `undefined` when it is not a well-formed position. */
export function parsePosition(text: string): Position | undefined {
  const match = POSITION.exec(text)
  if (!match) return undefined
  const txIndex = match[2] === 'block' ? BLOCK_TX_INDEX : Number(match[2])
  const eventIndex = Number(match[3])
  if (txIndex > BLOCK_TX_INDEX || eventIndex > BLOCK_TX_INDEX) return undefined
  return { height: Number(match[1]), txIndex, eventIndex }
}

/** Negative when `a` stands before `b` in the log, 0 when they are equal, positive when after. */
export function compare(a: Position, b: Position): number {
  return a.height - b.height || a.txIndex - b.txIndex || a.eventIndex - b.eventIndex
}

/**
 * {@link compare} over texts, for sorting and deduplicating event ids: `ids.sort(comparePositions)`.
 * @throws RangeError when one is not a position.
 */
export function comparePositions(a: string, b: string): number {
  return compare(requirePosition(a), requirePosition(b))
}

function requirePosition(text: string): Position {
  const position = parsePosition(text)
  if (!position) throw new RangeError(`not a position: ${JSON.stringify(text.slice(0, 60))}`)
  return position
}
