/** One line at the bottom of a terminal that changes in place, whatever else is written above it. */
import { stripVTControlCharacters } from 'node:util'

const CLEAR = '\r\x1b[2K'

let shown = ''

/** Shows `text` in place of what stood there; '' removes the line. Too long for the terminal, it is cut. */
export function showStatus(text: string): void {
  const room = (process.stdout.columns || 80) - 1
  const plain = stripVTControlCharacters(text)
  const cut = plain.length > room ? plain.slice(0, room) : text
  if (cut === shown) return
  process.stdout.write(`${shown ? CLEAR : ''}${cut}`)
  shown = cut
}

/** Writes whole lines above the status. */
export function writeAbove(write: () => void): void {
  if (shown) process.stdout.write(CLEAR)
  write()
  if (shown) process.stdout.write(shown)
}
