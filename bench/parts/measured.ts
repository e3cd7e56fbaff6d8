/** Processes of a bench: started here, measured by the kernel's own account, ended by their id. */
import { type ChildProcess, execFileSync, fork, type StdioOptions, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { STEADY_ENV, STEADY_FLAGS } from '../../src/cli/steady.ts'

/** How long a part may be silent, ms. */
const PATIENCE = 600_000
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Seconds of CPU (user + system, all threads) the process has used so far (`/proc/<pid>/stat`, fields 14 and 15). */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** Bytes of memory the process has resident (`VmRSS` of `/proc/<pid>/status`). */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024
}

export interface Part {
  process: ChildProcess
  pid: number
  /**
   * The first message (over IPC, or a JSON line on its output) for which `wanted` holds; rejects when the process ends
   * before, or nothing of the kind comes in ten minutes: a bench that waits for ever tells nobody why.
   */
  message<T>(wanted: (message: Record<string, unknown>) => T | undefined): Promise<T>
  end(): Promise<void>
}

const taken = new WeakSet<object>()

/** The first such message that was not taken so before: of those that come again and again, the next. */
export const next = async <T>(from: Part, wanted: (message: Record<string, unknown>) => T | undefined): Promise<T> =>
  await from.message((message) => {
    if (taken.has(message)) return undefined
    const found = wanted(message)
    if (found !== undefined) taken.add(message)
    return found
  })

/** Starts `file` as a child process that talks over IPC or prints JSON lines. */
export function part(file: URL | string, args: string[]): Part {
  return watched(fork(file, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }))
}

/** The same for a part that has Seiche's code in it: under the flags that the command gives itself. */
export function ownPart(file: URL | string, args: string[]): Part {
  const [stdio, env] = [['ignore', 'pipe', 'inherit', 'ipc'] as StdioOptions, { ...STEADY_ENV, ...process.env }]
  return watched(fork(file, args, { stdio, env, execArgv: [...STEADY_FLAGS] }))
}

export interface Follow {
  /** The node. */
  url: string
  /** `name=address`. */
  contracts: readonly string[]
  /** Where the store is. */
  folder: string
  /** For REST and socket.io. Default: a free one. */
  port?: number
  /** More flags. */
  flags?: readonly string[]
  env?: Readonly<Record<string, string>>
}

/** Starts `seiche start` as in production, from `dist`; what it prints is JSON lines. */
export function seiche({ url, contracts, folder, port = 0, flags = [], env = {} }: Follow): Part {
  const where = ['--data', folder, '--port', `${port}`, '--ws-port', '0', '--log', 'json']
  return command(
    ['start', '--rpc', url, ...where, ...contracts.flatMap((entry) => ['--contract', entry]), ...flags],
    env,
  )
}

/** Starts any command of `seiche` so. */
export function command(args: readonly string[], env: Readonly<Record<string, string>> = {}): Part {
  const file = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url))
  const stdio: StdioOptions = ['ignore', 'pipe', 'inherit']
  return watched(spawn(process.execPath, [file, ...args], { stdio, env: { ...process.env, ...env, ...profiling() } }))
}

/** Starts a program that is no script: it takes lines, and prints JSON lines. */
export function program(file: string, args: string[]): Part {
  return watched(spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] }))
}

/** Under `--profile` every thread of Seiche leaves its CPU profile; those of the peers and of the load do not. */
function profiling(): Record<string, string> {
  if (!process.env['BENCH_PROFILE']) return {}
  return { NODE_OPTIONS: `--import=${new URL('./profile.ts', import.meta.url).href}` }
}

function watched(child: ChildProcess): Part {
  const messages: Record<string, unknown>[] = []
  const waiting = new Set<() => void>()
  let ended = false
  const look = (): void => {
    for (const waiter of waiting) waiter()
  }
  const heard = (message: unknown): void => {
    messages.push(message as Record<string, unknown>)
    look()
  }
  child.on('message', heard)
  if (child.stdout)
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith('{')) heard(JSON.parse(line))
    })
  const exited = new Promise<void>((resolve) => {
    child.on('exit', () => {
      ended = true
      look()
      resolve()
    })
  })
  return {
    process: child,
    pid: child.pid ?? 0,
    message: (wanted) =>
      new Promise((resolve, reject) => {
        const settle = (how: () => void): void => {
          waiting.delete(waiter)
          clearTimeout(late)
          how()
        }
        const failed = (why: string): void => settle(() => reject(new Error(`${child.spawnargs.join(' ')} ${why}`)))
        const late = setTimeout(() => failed('has long not said what is waited for'), PATIENCE)
        const waiter = (): void => {
          for (const message of messages) {
            const found = wanted(message)
            if (found === undefined) continue
            settle(() => resolve(found))
            return
          }
          if (ended) failed('ended before it answered')
        }
        waiting.add(waiter)
        waiter()
      }),
    end: async () => {
      if (!ended) child.kill('SIGKILL')
      await exited
    },
  }
}
