/** A file that must survive the host's end before anything relies on it. */
import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Returns once what was written to `file` is on the disk. */
export function toDisk(file: string): void {
  const handle = openSync(file, 'r+')
  fsyncSync(handle)
  closeSync(handle)
}
