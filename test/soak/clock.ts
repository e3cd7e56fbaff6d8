/**
 * Runs in every thread of the process under test before its own code: one wall clock that all of them share, and that
 * can be set. Monotonic time goes on as it does.
 */
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

const KEY = 'soak.clock'
const real = Date.now
/** What the thread that started this one shares; looked up each time, for the first thread comes to share later. */
const ahead = (): Float64Array | undefined => getEnvironmentData(KEY) as Float64Array | undefined
const now = (): number => real() + (ahead()?.[0] ?? 0)

globalThis.Date = new Proxy(Date, {
  construct: (date, given, made) => Reflect.construct(date, given.length ? given : [now()], made) as object,
})
Date.now = now

/** From now on the threads started here, and those that they start, have this thread's clock. */
export function shareClock(): void {
  setEnvironmentData(KEY, new Float64Array(new SharedArrayBuffer(8)))
}

/** Sets the shared clock so many ms ahead of the real one, in all threads at once; negative: behind. */
export function setClock(milliseconds: number): void {
  ahead()?.fill(milliseconds)
}
