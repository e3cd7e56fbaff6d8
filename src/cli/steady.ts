/** What V8 and the C library take only when a process starts, so that its memory stays what it needs (docs/performance.md). */
import { setFlagsFromString } from 'node:v8'

const YOUNG = '--max-semi-space-size'

/**
 * The young generation of main stays at 4 MB: by itself it grows to 134 MB in a storm of clients, and is given back only
 * when nothing happens. A heap is collected when it holds half as much again as after the last time: by itself up to four
 * times as much.
 */
export const STEADY_FLAGS: readonly string[] = [`${YOUNG}=2`, '--heap-growing-percent=50']

/** Threads share two arenas of the C library: with one each, what a dead thread has freed stays with the process. */
export const STEADY_ENV: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2' }

/**
 * Replaces this process by itself with {@link STEADY_FLAGS}: same id, same streams, some 40 ms later. It goes on as it is
 * where that is not possible (Windows; a parent that talks over IPC, which would be cut off) or has been done. What the
 * environment sets already is kept.
 */
export function startSteady(): void {
  const { execve, execPath, execArgv, argv, env } = process
  const isSteady = STEADY_FLAGS.every((flag) => execArgv.includes(flag))
  if (isSteady) letThreadsDiffer()
  if (isSteady || !execve || process.send) return
  try {
    execve(execPath, [execPath, ...STEADY_FLAGS, ...execArgv, ...argv.slice(1)], { ...STEADY_ENV, ...env })
  } catch {
    // a system that forbids it: as it is, then
  }
}

/** Main has its young generation by now. The flag would go before what each thread is given as its own. */
function letThreadsDiffer(): void {
  const last = process.execArgv.findLast((flag) => flag.startsWith(YOUNG))
  if (last === STEADY_FLAGS[0]) setFlagsFromString(`${YOUNG}=0`) // else somebody wants it so for all
}
