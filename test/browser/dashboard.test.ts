/** The dashboard in a real browser, on the real command with a chain of its own. */
import { once } from 'node:events'
import { request as ask, createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Browser, ConsoleMessage, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Running, ready, temporaryFolder } from '../e2e/seiche.ts'
import { findChromium, launch } from './support.ts'

const executable = findChromium()
let browser: Browser
beforeAll(async () => {
  if (executable) browser = await launch(executable)
}, 60_000)
afterAll(async () => await browser?.close())

const developing = (more: string[] = [], env: Record<string, string> = {}): Promise<Running> =>
  ready(['dev', '--rpc-port', '0', '--data', temporaryFolder(), ...more], env)

interface Visit {
  page: Page
  /** What the browser complained about: violations of the policy, scripts that failed, files that did not come. */
  complaints: string[]
}

async function visit(url: string, theme: 'light' | 'dark' = 'light'): Promise<Visit> {
  const context = await browser.newContext({ colorScheme: theme, viewport: { width: 1_300, height: 900 } })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message: ConsoleMessage) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(url)
  return { page, complaints }
}

const panel = (page: Page, id: string) => page.locator(`#${id}`)

describe.skipIf(!executable)('the dashboard', () => {
  it.each(['light', 'dark'] as const)(
    'shows real values in the %s theme, and breaks no rule of its policy',
    async (theme) => {
      const { http } = await developing()
      const { page, complaints } = await visit(http, theme)
      await panel(page, 'pipeline').getByText('event-store').waitFor()
      await panel(page, 'pipeline').getByText('1 of 1 up').waitFor()
      expect(await page.locator('html').getAttribute('data-theme')).toBe(theme)
      for (const title of ['Supervision tree', 'The last 15 minutes', 'Caches', 'Tasks', 'Clients', 'Try it', 'API'])
        expect(await page.getByRole('heading', { name: title }).count()).toBe(1)
      await panel(page, 'events').locator('summary').first().waitFor()
      const committed = page.locator('header').getByText(/^committed/)
      const before = await committed.textContent()
      await expect.poll(() => committed.textContent(), { timeout: 15_000 }).not.toBe(before)
      expect(await page.locator('canvas').count()).toBe(7)
      expect(complaints).toEqual([])
    },
    60_000,
  )

  it('is used with the keyboard alone: an actor is restarted, and the tree tells', async () => {
    const { http } = await developing()
    const { page, complaints } = await visit(http)
    await panel(page, 'tree').getByText('cache-owner').waitFor()
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Skip to the content')
    await tabTo(page, 'Restart cache-owner')
    await page.keyboard.press('Enter')
    await page
      .getByRole('dialog')
      .getByText(/Restart cache-owner: what it has in work is finished first/)
      .waitFor()
    await tabTo(page, 'do it')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('cache-owner was restarted').waitFor()
    await page.keyboard.press('Escape')
    await panel(page, 'tree')
      .locator('li', { hasText: /^cache-owner/ })
      .getByText('generation 2')
      .waitFor()
    await panel(page, 'operators').getByText('POST /api/realtime/actors/:name/restart cache-owner').waitFor()
    expect(complaints).toEqual([])
  }, 60_000)

  it('greys out when the server is gone, says of when its values are, and goes on when it is back', async () => {
    const first = await developing()
    const door = await doorTo(first.http)
    const { page } = await visit(door.url)
    await page.getByText('● live').or(page.getByText('▲ syncing')).first().waitFor()
    door.set(false)
    await page.getByText(/data from \d\d:\d\d:\d\d/).waitFor()
    expect(await page.locator('.stale').count()).toBe(1)
    expect(await page.getByRole('status').first().textContent()).toBe('The connection to the server was lost.')
    door.set(true)
    await expect.poll(() => page.locator('.stale').count(), { timeout: 30_000 }).toBe(0)
  }, 90_000)

  it('asks for the token where one is needed, and keeps it nowhere', async () => {
    const { http } = await developing([], { SEICHE_ADMIN_TOKEN: 'a-secret-of-operators' })
    const { page } = await visit(http)
    await page.getByText(/stats need the admin token/).waitFor()
    await page.getByLabel("operator's token").fill('a-secret-of-operators')
    await page.keyboard.press('Enter')
    await panel(page, 'pipeline').getByText('event-store').waitFor()
    expect(
      await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])'),
    ).not.toContain('a-secret')
  }, 60_000)

  it('shows a subscription of one’s own, and runs a route from the description of REST', async () => {
    const { http } = await developing()
    const { page, complaints } = await visit(http)
    const tried = panel(page, 'try')
    await tried.getByLabel('since').fill('0-0-0')
    await tried.getByRole('button', { name: 'subscribe' }).click()
    await tried.getByRole('log').getByText('Subscribed to blockchain_events').waitFor()
    await tried
      .getByRole('log')
      .getByText(/^event/)
      .first()
      .waitFor()
    const api = panel(page, 'api')
    await api.getByText('every route of REST').click()
    await api.getByText('GET /api/realtime/status').click()
    await api.getByRole('button', { name: 'run', exact: true }).first().waitFor()
    const route = api.locator('details', { hasText: /^GET \/api\/realtime\/status/ }).last()
    await route.getByRole('button', { name: 'run' }).click()
    await route.getByText('"eventIndexer"').waitFor()
    expect(complaints).toEqual([])
  }, 60_000)

  it('pauses: what is shown stands still', async () => {
    const { http } = await developing()
    const { page } = await visit(http)
    const committed = page.locator('header').getByText(/^committed/)
    await committed.waitFor()
    await page.getByRole('button', { name: 'pause', exact: true }).click()
    const before = await committed.textContent()
    await page.waitForTimeout(3_500)
    expect(await committed.textContent()).toBe(before)
    await page.getByRole('button', { name: 'go on' }).click()
    await expect.poll(() => committed.textContent(), { timeout: 15_000 }).not.toBe(before)
  }, 60_000)

  it('stands below a path of a proxy, too', async () => {
    const { http } = await developing()
    const door = await doorTo(http, '/chains/devnet')
    const { page, complaints } = await visit(`${door.url}/chains/devnet/`)
    await panel(page, 'pipeline').getByText('1 of 1 up').waitFor()
    await panel(page, 'events').locator('summary').first().waitFor()
    expect(complaints).toEqual([])
  }, 60_000)
})

const focused = (page: Page): Promise<string> =>
  page.evaluate<string>(
    'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent.trim()',
  )

/** Presses Tab until what is called so has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let pressed = 0; pressed < 100; pressed++) {
    if ((await focused(page)) === name) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab never comes to ${name}`)
}

/** A proxy before the server, below a path, that can be closed: also connections that stand are cut then. */
async function doorTo(to: string, path = '') {
  const { port } = new URL(to)
  let open = true
  const cuts = new Set<() => void>()
  const proxy = createServer((request, response) => {
    if (!open) return void request.destroy()
    const options = {
      port,
      method: request.method,
      path: (request.url ?? '').slice(path.length),
      headers: request.headers,
    }
    const further = ask(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    further.on('error', () => response.destroy())
    request.pipe(further)
  })
  proxy.on('upgrade', (request, socket, head) => {
    if (!open) return void socket.destroy()
    const further = connect(Number(port), '127.0.0.1', () => {
      const lines = request.rawHeaders.flatMap((text, n, all) => (n % 2 ? [`${all[n - 1]}: ${text}`] : []))
      further.write(`GET ${(request.url ?? '').slice(path.length)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      further.write(head)
      socket.pipe(further).pipe(socket)
    })
    const cut = (): void => {
      further.destroy()
      socket.destroy()
    }
    for (const each of [socket, further]) each.on('error', cut).on('close', cut)
    cuts.add(cut)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const close = (): void => {
    for (const cut of cuts) cut()
    proxy.closeAllConnections()
  }
  onTestFinished(() => {
    close()
    proxy.close()
  })
  const set = (is: boolean): void => {
    open = is
    if (!is) close()
  }
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, set }
}
