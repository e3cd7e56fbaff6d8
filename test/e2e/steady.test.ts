import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { STEADY_FLAGS } from '../../src/cli/steady.ts'
import { command, temporaryFolder } from './seiche.ts'

const parts = (pid: number | undefined, file: 'cmdline' | 'environ'): string[] =>
  readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0')
const dev = (): string[] => ['dev', '--data', temporaryFolder(), '--port', '0', '--ws-port', '0', '--log', 'json']

it.runIf(process.platform === 'linux')(
  'a process that stays replaces itself once by one with its memory flags: same id, same streams, same end',
  async () => {
    const { process: child, line, kill } = command(dev())
    await line(({ msg }) => msg === 'ready')
    const [, ...args] = parts(child.pid, 'cmdline')
    expect(args.slice(0, STEADY_FLAGS.length)).toEqual(STEADY_FLAGS)
    expect(parts(child.pid, 'environ')).toContain('MALLOC_ARENA_MAX=2')
    expect(await kill('SIGTERM')).toBe(0)
  },
  60_000,
)

/** What V8 would let each of two threads hold, of which one may keep more of what is young, MB. */
async function limits(...flags: string[]): Promise<number[]> {
  const steady = JSON.stringify(resolve(import.meta.dirname, '../../src/cli/steady.ts'))
  const script = `
    const { startSteady } = await import(${steady})
    startSteady()
    const { Worker } = await import('node:worker_threads')
    for (const maxYoungGenerationSizeMb of [6, 24]) {
      const worker = new Worker('setInterval(() => undefined, 1_000)', { eval: true, resourceLimits: { maxYoungGenerationSizeMb } })
      await new Promise((resolve) => worker.on('online', resolve))
      console.log((await worker.getHeapStatistics()).heap_size_limit / 2 ** 20)
    }
    process.exit()`
  const line = [...STEADY_FLAGS, ...flags, '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, line)
  return stdout.trim().split('\n').map(Number)
}

it('threads keep as much of what is young as they are given, whatever main may; unless the command says it for all', async () => {
  const [little = 0, much = 0] = await limits()
  expect(much - little).toBe(18)
  const [one, other] = await limits('--max-semi-space-size=3')
  expect(one).toBe(other)
})

it.runIf(process.platform === 'linux')(
  'what the environment says of memory is kept',
  async () => {
    const { process: child, line } = command(dev(), { MALLOC_ARENA_MAX: '7' })
    await line(({ msg }) => msg === 'ready')
    expect(parts(child.pid, 'environ').filter((entry) => entry.startsWith('MALLOC'))).toEqual(['MALLOC_ARENA_MAX=7'])
  },
  60_000,
)

it.runIf(process.platform === 'linux')(
  'a parent that talks over IPC is not cut off: it goes on as it is',
  async () => {
    const child = fork(resolve(import.meta.dirname, '../../src/cli.ts'), dev(), {
      stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
    })
    const ended = once(child, 'exit')
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await ended
    })
    await once(child.stdout ?? child, 'data')
    expect(child.connected).toBe(true)
    expect(parts(child.pid, 'cmdline')).not.toContain(STEADY_FLAGS[0])
  },
  60_000,
)
