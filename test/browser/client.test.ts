/** The client and its hooks in a real browser: the network is cut, the server goes and comes, the tab sleeps. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createProxy, type Socket } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { build } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { doors, event, type Rig, rig, viewsOf } from '../gateway/support.ts'
import { findChromium, launch, open } from './support.ts'

const executable = findChromium()
let browser: Browser
let script = ''
beforeAll(async () => {
  if (!executable) return
  browser = await launch(executable)
  const { output } = await build({
    ...{ input: resolve(import.meta.dirname, 'page.ts'), platform: 'browser', write: false },
    transform: { define: { 'process.env.NODE_ENV': '"development"' } },
  })
  script = output[0].code
}, 60_000)
afterAll(async () => await browser?.close())

/** A network between a page and the server, that can be cut, for a while or for a moment. */
async function network(to: string) {
  const open = new Set<Socket>()
  const { port } = new URL(to)
  let up = true
  const proxy = createProxy((from) => {
    if (!up) return void from.destroy()
    const further = connect(Number(port), '127.0.0.1')
    for (const [one, other] of [
      [from, further],
      [further, from],
    ] as const) {
      // biome-ignore format: a pair
      open.add(one)
      one
        .on('error', () => undefined)
        .on('close', () => other.destroy())
        .pipe(other)
    }
  })
  const { port: mine } = await listening(proxy)
  const cut = (): void => {
    for (const socket of open) socket.destroy()
    open.clear()
  }
  onTestFinished(cut)
  const set = (is: boolean): void => {
    up = is
  }
  return { ws: `ws://127.0.0.1:${mine}`, cut, set }
}

async function listening(
  server: ReturnType<typeof createProxy> | ReturnType<typeof createServer>,
): Promise<AddressInfo> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return server.address() as AddressInfo
}

/** A page with the client, behind a network; what it has. */
async function visited(more: Parameters<typeof rig>[1] = {}, query = '') {
  const it = rig({}, more)
  const { ws } = await doors(it)
  const between = await network(ws)
  const site = createServer(({ url = '' }, response) => {
    const isScript = url.startsWith('/page.js')
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
    response.end(
      isScript
        ? script
        : '<!doctype html><link rel="icon" href="data:,"><body><script type="module" src="/page.js"></script>',
    )
  })
  const { port } = await listening(site)
  const at = `http://127.0.0.1:${port}/?ws=${encodeURIComponent(between.ws)}${query}`
  const show = async (): Promise<Page> => await open(browser, at)
  return { it, between, show }
}

const committed = (it: Rig, count: number): string[] =>
  it.commit(Array.from({ length: count }, (_, n) => event(n, 'transfer_created')))
const shown = async <T>(page: Page, what: string): Promise<T> => (await page.evaluate(`shown.${what}`)) as T
const PATIENCE = { timeout: 45_000 }

describe.skipIf(!executable)('in a browser', () => {
  it('the network is cut and comes back, again and again: each event once, in order, and the outage is told', async () => {
    const { it, between, show } = await visited()
    const page = await show()
    const expected = committed(it, 3)
    for (let n = 0; n < 4; n++) {
      between.cut()
      expected.push(...committed(it, 5))
      await sleep(100)
    }
    await expect.poll(() => shown(page, 'ids'), PATIENCE).toEqual(expected)
    between.set(false)
    between.cut()
    expected.push(...committed(it, 5))
    await expect.poll(() => shown(page, 'outages'), PATIENCE).toEqual(['lost'])
    between.set(true)
    await expect.poll(() => shown(page, 'ids'), PATIENCE).toEqual(expected)
    expect(await shown(page, 'outages')).toEqual(['lost', 'restored'])
  }, 120_000)

  it('a server that is restarted is found again', async () => {
    const { it, show } = await visited()
    const page = await show()
    const expected = committed(it, 3)
    await expect.poll(() => shown(page, 'ids'), PATIENCE).toEqual(expected)
    await it.hub.drain(100)
    expected.push(...committed(it, 3))
    it.hub.open()
    await expect.poll(() => shown(page, 'ids'), PATIENCE).toEqual(expected)
  }, 120_000)

  it('a tab that slept has missed nothing when it wakes', async () => {
    const { it, between, show } = await visited()
    const page = await show()
    const expected = committed(it, 3)
    await expect.poll(() => shown(page, 'ids'), PATIENCE).toEqual(expected)
    const session = await page.context().newCDPSession(page)
    await session.send('Page.enable')
    await session.send('Page.setWebLifecycleState', { state: 'frozen' })
    between.cut()
    expected.push(...committed(it, 20))
    await sleep(1_000)
    await session.send('Page.setWebLifecycleState', { state: 'active' })
    await expect.poll(() => shown(page, 'ids'), PATIENCE).toEqual(expected)
  }, 120_000)

  it('hooks in strict mode show events, a view and how it is, over one subscription', async () => {
    const { it, show } = await visited({ views: viewsOf }, '&react')
    const [first] = committed(it, 1)
    const page = await show()
    const text = async (id: string): Promise<string | null> => await page.textContent(`#${id}`)
    await expect.poll(() => text('events'), PATIENCE).toBe(`live ${first}`)
    const [second] = committed(it, 1)
    await expect.poll(() => text('events'), PATIENCE).toBe(`live ${second} ${first}`)
    await expect.poll(async () => JSON.parse((await text('view')) ?? 'null')?.items, PATIENCE).toEqual([second, first])
    expect(await text('nobody')).toBe('idle')
    expect(await text('status')).toBe('connected')
    expect(it.hub.metrics().subscriptions).toMatchObject({ transfers: 1 })
  }, 120_000)
})
