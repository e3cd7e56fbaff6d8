import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
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
