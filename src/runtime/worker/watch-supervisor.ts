/** Who watches the watcher: an actor may read the heartbeat of the thread that supervises it. */
import type { Heartbeat } from '../shared/cell.ts'

const LOOK = 200

/**
 * Calls `onStuck` once, with the time it stood still, when the heartbeat did so for `after` ms. A look that comes late
 * says that this thread did not run either (a suspended process, a starved machine): then the count begins anew.
 */
export function watchSupervisor(beat: Heartbeat, after: number, onStuck: (milliseconds: number) => void): void {
  let tick = Atomics.load(beat.tick, 0)
  let moved = performance.now()
  let looked = moved
  const timer = setInterval(() => {
    const now = performance.now()
    const late = now - looked > 5 * LOOK
    looked = now
    const current = Atomics.load(beat.tick, 0)
    if (late || current !== tick || Atomics.load(beat.debugged, 0)) {
      tick = current
      moved = now
    } else if (now - moved > after) {
      clearInterval(timer)
      onStuck(now - moved)
    }
  }, LOOK)
  timer.unref()
}
