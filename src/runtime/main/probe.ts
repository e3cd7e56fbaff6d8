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
  /** File and line; of what no code of the program called, the function. */
  at: string
  function: string
  /** Of the samples, 0–1. */
  share: number
}

interface CallFrame {
  functionName: string
  url: string
  /** From 0. */
  lineNumber: number
}

interface ProfileNode {
  id: number
  callFrame: CallFrame
  children?: number[]
  positionTicks?: { line: number; ticks: number }[]
}

/**
 * The busiest lines while `meanwhile` runs, the first first. What Node's and a package's functions use is credited to the
 * program's function that called them, at its first line; V8 credits inlined frames to their caller.
 */
export async function hotLines(worker: Worker, meanwhile: () => Promise<unknown>): Promise<Hot[]> {
  const handle = await worker.startCpuProfile()
  await meanwhile()
  const { nodes } = JSON.parse(await handle.stop()) as { nodes: ProfileNode[] }
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)))
  const lines = new Map<string, Hot & { ticks: number }>()
  let total = 0
  for (const node of nodes) {
    const owner = ownerOf(node, parents)
    const { callFrame } = owner ?? node
    const name = callFrame.functionName || '(anonymous)'
    for (const { line, ticks } of node.positionTicks ?? []) {
      total += ticks
      const at = owner ? `${fileOf(callFrame)}:${owner === node ? line : callFrame.lineNumber + 1}` : name
      const known = lines.get(at) ?? { at, function: name, share: 0, ticks: 0 }
      known.ticks += ticks
      lines.set(at, known)
    }
  }
  return [...lines.values()]
    .sort((a, b) => b.ticks - a.ticks)
    .map(({ at, function: name, ticks }) => ({ at, function: name, share: ticks / Math.max(1, total) }))
}

/** The nearest of the program's own functions that is running `node`: itself, or who called it. */
function ownerOf(node: ProfileNode, parents: ReadonlyMap<number, ProfileNode>): ProfileNode | undefined {
  let owner: ProfileNode | undefined = node
  while (owner && !isOurs(owner.callFrame.url)) owner = parents.get(owner.id)
  return owner
}

function fileOf({ url }: CallFrame): string {
  return url.split(/[?#]/, 1)[0]?.split('/').at(-1) ?? ''
}

/** What a thread does whose event loop stands still. */
export interface Look {
  /** CPU it used, of one core, 0–1. */
  cpu: number
  /** File and line of the program's own code where it is, as far as a short profile tells. */
  at: string | undefined
}

/** On a starved machine a short profile may hold no sample at all: it is taken again, each time twice as long. */
const PROFILES = 3

/** Looks at a thread for `milliseconds`. */
export async function lookInto(worker: Worker, milliseconds: number): Promise<Answer<Look>> {
  const look: Look = { cpu: 0, at: undefined }
  for (let tried = 0; tried < PROFILES && !look.at; tried++) {
    const time = milliseconds * 2 ** tried
    const measure = async (): Promise<void> => {
      look.cpu = await cpuShare(worker, time)
    }
    const answer = await probe(() => hotLines(worker, measure), time + 4 * DEADLINE)
    if (typeof answer === 'string') return answer
    look.at = answer.value.find(({ at }) => /:\d+$/.test(at))?.at
  }
  return { value: look }
}

/** Without what starting a profile costs the thread itself. */
async function cpuShare(worker: Worker, milliseconds: number): Promise<number> {
  const [before, begun] = [await cpuOf(worker), performance.now()]
  await sleep(milliseconds)
  return ((await cpuOf(worker)) - before) / ((performance.now() - begun) * 1_000)
}

function isOurs(url: string): boolean {
  return url !== '' && !url.startsWith('node:') && !url.includes('/node_modules/')
}
