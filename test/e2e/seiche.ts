/** Runs the real command as a child process, as an operator would, and talks to it as a client would. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

const CLI = resolve(import.meta.dirname, '../../src/cli.ts')

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'seiche-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

type LogLine = Record<string, unknown> & { msg?: string }

export interface Command {
  process: ChildProcess
  lines: LogLine[]
  stderr(): string
  /** The first log line for which `wanted` holds; rejects when the process ends before. */
  line(wanted: (line: LogLine) => boolean): Promise<LogLine>
  /** Sends the signal and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<number | null>
  exited: Promise<number | null>
}

/** Starts `seiche …`; killed when the test is over. */
export function command(args: string[], env: Record<string, string> = {}): Command {
  const child = spawn(process.execPath, [CLI, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SEICHE_DRAIN_DELAY: '0', ...env },
  })
  const lines: LogLine[] = []
  const waiting = new Set<() => void>()
  let stderr = ''
  let ended = false
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  createInterface(child.stdout).on('line', (text) => {
    lines.push(parse(text))
    for (const look of waiting) look()
  })
  const exited = once(child, 'close').then(([code]) => {
    ended = true
    for (const look of waiting) look()
    return code as number | null
  })
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> => {
    if (!ended) child.kill(signal)
    return await exited
  }
  onTestFinished(async () => {
    await kill()
  })
  return {
    process: child,
    lines,
    stderr: () => stderr,
    exited,
    kill,
    line: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(wanted)
          if (!found && !ended) return
          waiting.delete(look)
          if (found) resolve(found)
          else
            reject(
              new Error(
                `seiche ${args.join(' ')} ended first:\n${stderr}\n${lines.map((l) => JSON.stringify(l)).join('\n')}`,
              ),
            )
        }
        waiting.add(look)
        look()
      }),
  }
}

function parse(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine
  } catch {
    return { msg: text }
  }
}

export interface Running extends Command {
  http: string
  ws: string
}

/** Starts `seiche …` on free ports and waits until it is ready. */
export async function ready(args: string[], env: Record<string, string> = {}): Promise<Running> {
  const running = command([...args, '--port', '0', '--ws-port', '0', '--log', 'json'], env)
  const line = await running.line(({ msg }) => msg === 'ready')
  return { ...running, http: String(line.http), ws: String(line.ws) }
}

/** GET of a REST path as JSON, with its status. */
export async function get(
  running: { http: string },
  path: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${running.http}${path}`)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** Asks `path` until `wanted` holds of the answer. The test's own timeout is the deadline. */
export async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined && wanted(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The whole log in order, page by page over REST. */
export async function wholeLog(running: { http: string }): Promise<Record<string, unknown>[]> {
  const events: Record<string, unknown>[] = []
  for (let since: unknown = '0-0-0'; since; ) {
    const { body } = await get(running, `/api/realtime/events?limit=1000&since=${since}`)
    events.push(...(body.events as Record<string, unknown>[]))
    since = body.next
  }
  return events
}

/** Waits until `height` is committed, then reads the log. */
export async function logUpTo(running: { http: string }, height: number): Promise<Record<string, unknown>[]> {
  await until(
    () => get(running, '/api/realtime/status'),
    ({ body }) => currentBlock(body) >= height,
  )
  return await wholeLog(running)
}

export function currentBlock(body: Record<string, unknown>): number {
  return (body.status as { eventIndexer: { currentBlock: number } }).eventIndexer.currentBlock
}
