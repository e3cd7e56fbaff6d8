/** What a process holds, and whether it grows. */
import { readFileSync } from 'node:fs'

/** MiB; `total` includes pages of files that the system may take back. */
export interface Memory {
  anonymous: number
  total: number
}

/** A look every so often, ms. */
export const LOOK_EVERY = 5_000
/** Fewer looks say nothing about growth: a process of less than two minutes still warms up. */
const ENOUGH = 24

/** Of a process that runs, on Linux (proc_pid_status(5)); else undefined. */
export function memoryOf(pid: number): Memory | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const mib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1_024
    const memory = { anonymous: mib('RssAnon'), total: mib('VmRSS') }
    return Number.isNaN(memory.total) ? undefined : memory // a process that has just ended holds nothing
  } catch {
    return undefined
  }
}

/** How much more the last fifth of a life held than its second fifth, in % of the medians; undefined: it was too short. */
export function growth(looks: readonly Memory[]): Memory | undefined {
  if (looks.length < ENOUGH) return undefined
  const fifth = Math.floor(looks.length / 5)
  const percent = (of: keyof Memory): number => {
    const before = median(looks.slice(fifth, 2 * fifth).map((look) => look[of]))
    return (100 * (median(looks.slice(-fifth).map((look) => look[of])) - before)) / before
  }
  return { anonymous: percent('anonymous'), total: percent('total') }
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
