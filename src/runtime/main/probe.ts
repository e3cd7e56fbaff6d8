/** Looks into a thread from outside, by V8's interrupts: they reach any JavaScript, even one that never ends, but no native code. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'

const DEADLINE = 250

/** What a thread answered; `late` when this thread itself did not run in time, so that silence says nothing. */
export type Answer<T> = { value: T } | 'silent' | 'late'

/** Asks `question` of the thread, and gives it `deadline` ms. */
export async function probe<T>(question: () => Promise<T>, deadline: number = DEADLINE): Promise<Answer<T>> {
  const begun = performance.now()
  const silence = new AbortController()
  const answer = question().then(
    (value): Answer<T> => ({ value }),
    (): Answer<T> => 'silent',
  )
  const silent = sleep(deadline, 'silent' as const, { signal: silence.signal }).catch(() => 'silent' as const)
  const first = await Promise.race([answer, silent])
  silence.abort()
  return first === 'silent' && performance.now() - begun > 2 * deadline ? 'late' : first
}

/** CPU the thread has used since it began, µs. */
export async function cpuOf(worker: Worker): Promise<number> {
  const { user, system } = await worker.cpuUsage()
  return user + system
}

/** Where a thread spends its time. */
export interface Hot {
  /** File and line; of files outside the program's own, the function. */
  at: string
  function: string
  /** Of the samples, 0–1. */
  share: number
}

interface Profile {
  nodes: {
    callFrame: { functionName: string; url: string; lineNumber: number }
    positionTicks?: { line: number; ticks: number }[]
  }[]
}

/** The busiest lines over `milliseconds`, the first first: V8 credits inlined frames to their caller. */
export async function hotLines(worker: Worker, milliseconds: number): Promise<Hot[]> {
  const handle = await worker.startCpuProfile()
  await sleep(milliseconds)
  const { nodes } = JSON.parse(await handle.stop()) as Profile
  const lines = new Map<string, Hot & { ticks: number }>()
  let total = 0
  for (const { callFrame, positionTicks = [] } of nodes) {
    const file = callFrame.url.split(/[?#]/, 1)[0]?.split('/').at(-1) ?? ''
    const name = callFrame.functionName || '(anonymous)'
    for (const { line, ticks } of positionTicks) {
      total += ticks
      const at = isOurs(callFrame.url) ? `${file}:${line}` : name
      const known = lines.get(at) ?? { at, function: name, share: 0, ticks: 0 }
      known.ticks += ticks
      lines.set(at, known)
    }
  }
  return [...lines.values()]
    .sort((a, b) => b.ticks - a.ticks)
    .map(({ at, function: name, ticks }) => ({ at, function: name, share: ticks / Math.max(1, total) }))
}

/** File and line of the program's own code where the thread is, as far as `milliseconds` of profile tell. */
export async function placeOf(worker: Worker, milliseconds: number): Promise<string | undefined> {
  const answer = await probe(() => hotLines(worker, milliseconds), milliseconds + 4 * DEADLINE)
  if (typeof answer === 'string') return undefined
  return answer.value.find(({ at }) => /:\d+$/.test(at))?.at
}

function isOurs(url: string): boolean {
  return url !== '' && !url.startsWith('node:') && !url.includes('/node_modules/')
}
