/** Folds what the log would say again and again: the first line is written, and a minute later how often it came since. */

/** ms. */
const WINDOW = 60_000

interface Folded {
  line: Record<string, unknown>
  times: number
}

/** `write` gets a line of JSON with its end. */
export function folding(write: (line: string) => void): (line: string) => void {
  const known = new Map<string, Folded>()
  const tell = (): void => {
    for (const { line, times } of known.values())
      if (times)
        write(`${JSON.stringify({ ...line, time: new Date().toISOString(), repeated: times, within: WINDOW })}\n`)
    known.clear()
  }
  return (text) => {
    const line = JSON.parse(text) as Record<string, unknown>
    if (!isGrave(line['level'])) return write(text)
    const { time: _, ...said } = line
    const key = JSON.stringify(said)
    const before = known.get(key)
    if (before) before.times += 1
    else {
      known.set(key, { line, times: 0 })
      if (known.size === 1) setTimeout(tell, WINDOW).unref()
      write(text)
    }
  }
}

/** What is less important tells how something goes, and changes; what is graver ends the process. */
function isGrave(level: unknown): boolean {
  return level === 'warn' || level === 'error'
}
