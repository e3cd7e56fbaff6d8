/** In which order missing heights of several contracts are fetched: each height once, for all contracts that lack it. */

/** Heights missing of one contract, inclusive. */
export interface Piece {
  /** Configured name. */
  contract: string
  address: string
  from: number
  to: number
}

/** The first heights from `next` on, at most `limit`, that the same contracts lack; undefined when nothing is missing. */
export function nextStretch(
  pieces: readonly Piece[],
  next: number,
  limit: number,
): { from: number; to: number; addresses: string[] } | undefined {
  const left = pieces.filter(({ to }) => to >= next)
  if (!left.length) return undefined
  const from = Math.max(next, Math.min(...left.map((piece) => piece.from)))
  const lacking = left.filter((piece) => piece.from <= from)
  const later = left.filter((piece) => piece.from > from)
  const to = Math.min(from + limit - 1, ...lacking.map((piece) => piece.to), ...later.map((piece) => piece.from - 1))
  return { from, to, addresses: lacking.map(({ address }) => address) }
}
