/** What is seen on a terminal, and what a saved config file does. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bannerOf, eventLine, statusOf } from '../../src/cli/terminal.ts'
import { command, get, temporaryFolder, until } from '../e2e/seiche.ts'

const ESCAPE = '\x1b'
const CLI = resolve(import.meta.dirname, '../../src/cli.ts')
const FREE = ['--port', '0', '--ws-port', '0', '--rpc-port', '0']

describe('a terminal', () => {
  it('is told where everything is', () => {
    expect(bannerOf({ http: 'http://127.0.0.1:3000', ws: 'ws://127.0.0.1:8081', rpc: 'http://127.0.0.1:26657' })).toBe(`
  Seiche is running

  Dashboard  http://127.0.0.1:3000
  REST       http://127.0.0.1:3000/api/realtime/status
  WebSocket  ws://127.0.0.1:8081
  socket.io  http://127.0.0.1:3000
  Chain      http://127.0.0.1:26657

`)
  })

  it('shows an event in a line', () => {
    const event = { type: 'transfer_created', contract: 'payments', height: 12, id: '12-0-9' }
    expect(eventLine(event, new Date(2026, 0, 1, 14, 3, 22))).toBe(
      '14:03:22  transfer_created          payments      block 12  12-0-9\n',
    )
  })

  it.each([
    [
      { deliveryP50: 4.26, eventsPerSecond: 42.4 },
      '● live  head 9  committed 8  lag 4.3 ms  42 events/s  3 clients  93 % cache hits  q ends',
    ],
    [
      { deliveryP50: null, eventsPerSecond: null },
      '● live  head 9  committed 8  0.0 events/s  3 clients  93 % cache hits  q ends',
    ],
  ])('says how it goes', (reading, line) => {
    const sync = { state: 'live', headHeight: 9, indexedHeight: 8 }
    const status = { sync, webSocket: { connectedClients: 3 }, cache: { hitRate: 0.93 } }
    expect(statusOf({ status: () => status, serving: { watch: { latest: () => reading } } } as never)).toBe(line)
  })
})

/** util-linux's script(1) gives a program a terminal of its own. */
const hasScript = (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux')
  } catch {
    return false
  }
})()

describe.skipIf(!hasScript)('seiche dev on a terminal', () => {
  async function onTerminal(env: Record<string, string> = {}) {
    // dash stays between unless told to exec, and answers a Ctrl-C by itself, with 130
    const line = ['exec', process.execPath, CLI, 'dev', ...FREE, '--data', temporaryFolder()].join(' ')
    const clean = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(CI|NO_COLOR|FORCE_COLOR)$/.test(name)),
    )
    const child = spawn('script', ['-qefc', line, '/dev/null'], { env: { ...clean, TERM: 'xterm', ...env } })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more
    })
    const exited = once(child, 'close').then(([code]) => code as number | null)
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await exited
    })
    return { child, exited, text: () => text }
  }

  it('shows banner, events and one changing line; q drains', async () => {
    const { child, exited, text } = await onTerminal()
    const plain = (): string => stripVTControlCharacters(text())
    await expect.poll(plain, { timeout: 30_000 }).toMatch(/Dashboard {2}http:\/\/127/)
    await expect.poll(plain, { timeout: 30_000 }).toMatch(/\d\d:\d\d:\d\d {2}\w+_\w+ +\w+ +block \d+ {2}\d+-\d+-\d+/)
    await expect.poll(plain, { timeout: 30_000 }).toMatch(/● live {2}head \d+ {2}committed \d+.*q ends/)
    expect(text()).toContain('\x1b[36mhttp://127')
    expect(plain()).not.toContain('"level"')
    child.stdin.write('q')
    expect(await exited).toBe(0)
    expect(plain()).toContain('stopped')
  }, 60_000)

  it('uses no colour under NO_COLOR', async () => {
    const { child, exited, text } = await onTerminal({ NO_COLOR: '1' })
    await expect.poll(text, { timeout: 30_000 }).toContain('q ends')
    child.stdin.write('\x03')
    expect(await exited).toBe(0)
    expect(text()).not.toMatch(new RegExp(`${ESCAPE}\\[[\\d;]+m`))
  }, 60_000)

  it('writes JSON lines alone under CI', async () => {
    const { child, exited, text } = await onTerminal({ CI: 'true' })
    await expect.poll(text, { timeout: 30_000 }).toContain('"msg":"ready"')
    expect(text()).not.toContain('Dashboard')
    child.stdin.write('\x03')
    expect(await exited).toBe(0)
  }, 60_000)
})

describe('a config file that is saved while seiche dev runs', () => {
  it('changes what can change at once, starts anew for the rest, and where it is wrong changes nothing', async () => {
    const path = join(temporaryFolder(), 'seiche.config.ts')
    const save = (settings: string): void => writeFileSync(path, `export default { app: 'seimoney', ${settings} }\n`)
    save(`log: { level: 'info' }`)
    const running = command(['dev', ...FREE, '--data', temporaryFolder(), '--log', 'json', '--config', path])
    const first = await running.line(({ msg }) => msg === 'ready')
    const level = async (at: unknown): Promise<unknown> =>
      ((await get({ http: String(at) }, '/api/realtime/config')).body as { config: { log: { level: string } } }).config
        .log.level

    save(`log: { level: 'debug' }`)
    const applied = await running.line(
      ({ msg, applied: what }) => msg === 'the config file was saved' && Array.isArray(what),
    )
    expect(applied['applied']).toEqual(['log.level'])
    expect(await level(first['http'])).toBe('debug')

    save(`log: { level: 'loud' }`)
    const refused = await running.line(({ level: how }) => how === 'error')
    expect(refused['problems']).toEqual([expect.stringContaining('log.level')])
    expect(await level(first['http'])).toBe('debug')

    save(`log: { level: 'debug' }, store: { batchSize: 1000 }`)
    const anew = await running.line(({ msg }) => String(msg).endsWith('starting anew'))
    expect(anew['changed']).toEqual(['store.batchSize'])
    const again = await until(
      async () => running.lines.filter(({ msg }) => msg === 'ready').at(1),
      (line) => line !== undefined,
    )
    expect(await level(again?.['http'])).toBe('debug')
    expect(await running.kill('SIGTERM')).toBe(0)
  }, 60_000)
})
