/** One figure beside its peer, both measured in the same run on the same machine. */
export interface Row {
  name: string
  value: number
  unit: string
  peer: { name: string; value: number }
  /** value ÷ peer, the median of the rounds' own ratios. */
  ratio: number
  /** The least and the greatest of the rounds' ratios; none where a figure is held to a fixed limit. */
  spread?: readonly [number, number]
  /** What the ratio must reach, and what we aim for; null where targets set none. */
  floor: number | null
  goal: number | null
  /** The ratio is a cost: floor and goal are what it may be at most. Default: at least. */
  atMost?: true
}

export interface BenchOptions {
  /** Interleaved rounds; the median counts. */
  rounds: number
  /** One small round, to see that the bench still works. */
  short: boolean
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Two sides measured in turns: the median of the rounds' ratios, and how far they are apart. */
export function compared(ours: readonly number[], theirs: readonly number[]): Pick<Row, 'ratio' | 'spread'> {
  const ratios = ours.map((value, round) => value / (theirs[round] ?? Number.NaN))
  return { ratio: median(ratios), spread: [Math.min(...ratios), Math.max(...ratios)] }
}

/** The rows as a Markdown table. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    `${figure(row.value)} ${row.unit}`,
    `${row.peer.name}: ${figure(row.peer.value)}`,
    `${row.ratio.toFixed(2)}×${row.spread ? ` (${row.spread.map((ratio) => ratio.toFixed(2)).join('–')})` : ''}`,
    bound(row, row.floor),
    bound(row, row.goal),
  ])
  const head = ['what', 'Seiche', 'peer in the same run', 'ratio (of the rounds)', 'floor', 'goal']
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n')
}

function bound({ atMost }: Row, limit: number | null): string {
  return limit === null ? '–' : `${atMost ? '≤ ' : ''}${limit}×`
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
