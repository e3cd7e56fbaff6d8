/** How much memory the garbage collector may take for itself. */
import { setFlagsFromString } from 'node:v8'

/**
 * From now on the young generation of every thread stays as large as it is, and that of a thread to come as small as it
 * begins. Else a storm of clients lets main's grow to 134 MB, which it gives back only when nothing happens. V8 looks at
 * this flag whenever it would grow (`NewSpace::Grow`), so it may be set late. Nothing becomes slower by it.
 */
export function steadyHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}
