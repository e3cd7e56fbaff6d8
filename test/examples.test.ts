/** The examples, started as their README says, do what they show. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Browser } from 'playwright-core'
import { build } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startTestServer } from '../src/testing/index.ts'
import { findChromium, launch } from './browser/support.ts'
import { get, ready, temporaryFolder, until } from './e2e/seiche.ts'

const root = resolve(import.meta.dirname, '..')
const example = (name: string): string => join(root, 'examples', name)
const executable = findChromium()
let browser: Browser
beforeAll(async () => {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' }) // `seiche` is dist
  if (executable) browser = await launch(executable)
}, 120_000)
afterAll(async () => await browser?.close())

/** A program of an example, and what it prints. */
function started(file: string, args: string[] = [], env: Record<string, string> = {}) {
  const folder = temporaryFolder()
  const child = spawn(process.execPath, [example(file), ...args], { cwd: folder, env: { ...process.env, ...env } })
  const lines: string[] = []
  createInterface(child.stdout).on('line', (line) => lines.push(line))
  const exited = once(child, 'close')
  const end = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  onTestFinished(end)
  return { folder, lines, end }
}

it('node-bot handles each event once, also across its own end', async () => {
  const server = await startTestServer()
  onTestFinished(() => server.close())
  const positions = join(temporaryFolder(), 'positions.json')
  const bot = () => started('node-bot/bot.js', [server.ws, positions])
  const first = bot()
  const ids = [...(await server.emit({ type: 'transfer_created', data: { amount: '5', denom: 'usei' } }))]
  await expect.poll(() => first.lines, { timeout: 20_000 }).toEqual(['1-0-0 transfer_created 5 usei'])
  await expect.poll(() => existsSync(positions) && readFileSync(positions, 'utf8')).toContain(ids[0])
  await first.end()
  await server.emit({ type: 'transfer_claimed' })
  const second = bot()
  await expect.poll(() => second.lines, { timeout: 20_000 }).toEqual([expect.stringMatching(/^2-0-0 transfer_claimed/)])
}, 60_000)

it('own-contract: any contract, in a config of under ten lines', async () => {
  const config = join(example('own-contract'), 'seiche.config.ts')
  const code = readFileSync(config, 'utf8')
    .split('\n')
    .filter((line) => line && !line.trim().startsWith('//'))
  expect(code.length).toBeLessThan(10)
  const running = await ready([
    'replay',
    example('recordings/wasmd'),
    '--pace',
    '0',
    '--data',
    temporaryFolder(),
    '--config',
    config,
  ])
  const events = await until(
    async () => (await get(running, '/api/realtime/events')).body['events'] as { type: string }[],
    (found) => found.length > 0,
  )
  expect(events[0]?.type).toMatch(/^payments\./)
}, 60_000)

describe.skipIf(!executable)('in a browser', () => {
  it('browser-plain: a page with live transfers, in fifteen lines of script', async () => {
    const html = readFileSync(join(example('browser-plain'), 'index.html'), 'utf8')
    const script = /<script type="module">\n([\s\S]*?)<\/script>/.exec(html)?.[1] ?? ''
    expect(script.split('\n').filter((line) => line.trim()).length).toBeLessThan(15)
    const { lines } = started('browser-plain/start.js', [], { PORT: '0', WS_PORT: '0', SEICHE_CONTROL_PORT: '0' })
    await expect.poll(() => lines.some((line) => line.startsWith('open ')), { timeout: 30_000 }).toBe(true)
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    await page.goto(lines.find((line) => line.startsWith('open '))?.slice('open '.length) ?? '')
    await page
      .getByRole('listitem')
      .filter({ hasText: /transfer_\w+/ })
      .first()
      .waitFor({ timeout: 30_000 })
  }, 90_000)

  it('react-vite: events, a view and the connection', async () => {
    const server = await startTestServer()
    onTestFinished(() => server.close())
    const { output } = await build({
      ...{ input: join(example('react-vite'), 'main.jsx'), platform: 'browser', write: false },
      resolve: {
        alias: { 'seiche/client': join(root, 'src/client/index.ts'), 'seiche/react': join(root, 'src/react/index.ts') },
      },
      transform: { define: { 'process.env.NODE_ENV': '"production"' }, jsx: { runtime: 'automatic' } },
    })
    const site = createServer(({ url = '' }, response) => {
      const isScript = url.startsWith('/main.jsx')
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? output[0].code : readFileSync(join(example('react-vite'), 'index.html')))
    }).listen(0, '127.0.0.1')
    await once(site, 'listening')
    onTestFinished(() => {
      site.close()
      site.closeAllConnections()
    })
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/?ws=${server.ws}`)
    await page.getByText('connection: connected').waitFor()
    await server.emit({ type: 'transfer_created', data: { amount: '5', denom: 'usei' } })
    await page.getByText('transfer_created: 5 usei').waitFor()
    server.drop()
    await server.emit({ type: 'transfer_claimed', data: { amount: '5', denom: 'usei' } })
    await page.getByText('transfer_claimed: 5 usei').waitFor({ timeout: 20_000 })
  }, 90_000)
})
