/** What V8 and the C library take only when a process starts, so that its memory stays what it needs (docs/performance.md). */

/**
 * The young generation of each thread stays at 4 MB: by itself that of main grows to 134 MB in a storm of clients, and is
 * given back only when nothing happens. A heap is collected when it holds half as much again as after the last time: by
 * itself up to four times as much.
 */
export const STEADY_FLAGS: readonly string[] = ['--max-semi-space-size=2', '--heap-growing-percent=50']

/** Threads share two arenas of the C library: with one each, what a dead thread has freed stays with the process. */
export const STEADY_ENV: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2' }

/**
 * Replaces this process by itself with {@link STEADY_FLAGS}: same id, same streams, some 40 ms later. It goes on as it is
 * where that is not possible (Windows; a parent that talks over IPC, which would be cut off) or has been done. What the
 * environment sets already is kept.
 */
export function startSteady(): void {
  const { execve, execPath, execArgv, argv, env } = process
  if (!execve || process.send || STEADY_FLAGS.every((flag) => execArgv.includes(flag))) return
  try {
    execve(execPath, [execPath, ...STEADY_FLAGS, ...execArgv, ...argv.slice(1)], { ...STEADY_ENV, ...env })
  } catch {
    // a system that forbids it: as it is, then
  }
}
