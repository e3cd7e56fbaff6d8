/** The front door, tried by pages in a real browser: what keeps them out is what a browser does, not what we think it does. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API, type Attacked, acted, attacked } from './attacked.ts'
import { findChromium, launch, open, tryIt } from './support.ts'

const executable = findChromium()
let browser: Browser
beforeAll(async () => {
  if (executable) browser = await launch(executable)
})
afterAll(async () => await browser?.close())

const SUBSCRIBE = { type: 'subscribe', channel: 'blockchain_events', data: { since: '0-0-0' } }
/** What a page may send without asking first. */
const SIMPLE = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']

/** What came of these requests, each outcome once. */
async function outcomes(page: Page, requests: object[]): Promise<string[]> {
  return [...new Set(await tryIt<string[]>(page, 'ask', requests))].toSorted()
}

/** Every way to ask for every change: without a body, with one of any type, with a token, and blind. */
function asksFor(http: string, { changes }: Pick<Attacked, 'changes'>): object[] {
  return changes.flatMap(({ method, path, body }) => {
    const typed = (type: string): object => ({ headers: { 'Content-Type': type }, body })
    const open = [{}, { headers: { Authorization: 'Bearer x' } }, ...[...SIMPLE, 'application/json'].map(typed)]
    const blind = method === 'POST' ? [{}, ...SIMPLE.map(typed)].map((init) => ({ ...init, mode: 'no-cors' })) : []
    return [...open, ...blind].map((init) => ({ url: `${http}${path}`, method, ...init }))
  })
}

/** Frames of the page that show something of this server; the page itself is one. */
function framed(page: Page, http: string): string[] {
  const urls = page.frames().map((frame) => frame.url())
  return urls.filter((url) => url.startsWith(http))
}

/** A server may be called by its number and by its name. */
const NAMES = ['127.0.0.1', 'localhost']

describe.skipIf(!executable)('in Chromium', () => {
  it.each(NAMES)('a page of another origin reads nothing and changes nothing of %s', async (name) => {
    const { running, web, unchanged, reads, changes } = await attacked()
    const [http, ws] = [running.http, running.ws].map((url) => url.replace('127.0.0.1', name)) as [string, string]
    const [status, stop] = [`${http}${API}/status`, `${http}${API}/stop`]
    const page = await open(browser, `http://evil.test:${web.port}/`)
    const to = (init: object): object[] => reads.map((path) => ({ url: `${http}${path}`, ...init }))
    expect([reads.length > 10, changes.length > 8]).toEqual([true, true])

    expect(await outcomes(page, [...to({}), ...to({ credentials: 'include' })])).toEqual(['unread'])
    expect(await outcomes(page, to({ mode: 'no-cors' }))).toEqual(['unread'])
    const doors = [`${http}/socket.io/?EIO=4&transport=polling`, `${http}/socket.io/`, ws.replace('ws', 'http')]
    expect(
      await outcomes(
        page,
        doors.map((url) => ({ url })),
      ),
    ).toEqual(['unread'])
    expect(await outcomes(page, asksFor(http, { changes }))).toEqual(['unread'])
    for (const type of [...SIMPLE, 'application/json']) await tryIt(page, 'beacon', stop, type)
    for (const type of [...SIMPLE.slice(0, 2), 'multipart/form-data'])
      expect(await tryIt(page, 'form', stop, type)).toBe('unread')
    for (const tag of ['img', 'script', 'link', 'object'])
      expect(await tryIt(page, 'embed', tag, status)).toBe('refused')
    expect(await tryIt(page, 'popup', status)).toBe('unread')
    expect(await tryIt(page, 'frame', status)).toBe('unread')
    expect(framed(page, http)).toEqual([])

    expect(await tryIt(page, 'stream', status)).toBe('refused')
    expect(await tryIt(page, 'socket', ws, SUBSCRIBE)).toBe('refused')
    expect(await tryIt(page, 'socket', `${http.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)).toBe(
      'refused',
    )
    for (const transport of ['polling', 'websocket'])
      expect(await tryIt(page, 'socketIo', http, transport, 'blockchain_events')).toBe('refused')
    await unchanged()
  })

  it('a page whose name was turned to our address while it was open reads nothing and changes nothing', async () => {
    const { running, web, unchanged, reads, changes } = await attacked()
    const [http, ws] = [running.http, running.ws].map((url) => url.replace('127.0.0.1', 'rebound.test')) as [
      string,
      string,
    ]
    const page = await open(browser, `${http}/`, web.html)
    const refused = [expect.stringMatching(/^403 .*"host_forbidden"/)]
    const seen = async (requests: object[]): Promise<string[]> =>
      (await outcomes(page, requests)).map((outcome) => outcome.replace(/"(timestamp|requestId)":"[^"]*"/g, ''))

    expect([...new Set(await seen(reads.map((path) => ({ url: `${http}${path}` }))))]).toEqual(refused)
    expect([...new Set(await seen(asksFor(http, { changes })))]).toEqual(refused)
    expect(await tryIt(page, 'socket', ws, SUBSCRIBE)).toBe('refused')
    for (const transport of ['polling', 'websocket'])
      expect(await tryIt(page, 'socketIo', http, transport, 'blockchain_events')).toBe('refused')
    await unchanged()
  })

  it('a page of an allowed origin reads, subscribes at both doors, and acts as an operator may', async () => {
    const { running, web, reads } = await attacked()
    const { http, ws } = running
    const page = await open(browser, `http://app.test:${web.port}/`)
    for (const outcome of await tryIt<string[]>(
      page,
      'ask',
      reads.map((path) => ({ url: `${http}${path}` })),
    ))
      expect(outcome).toMatch(/^200 /)
    expect(await tryIt(page, 'socket', ws, SUBSCRIBE)).toContain('said {"type":"event","channel":"blockchain_events"')
    for (const transport of ['polling', 'websocket'])
      expect(await tryIt(page, 'socketIo', http, transport, 'blockchain_events')).toContain('"blockHeight"')
    const request = { url: `${http}${API}/cache/clear`, method: 'POST' }
    expect((await outcomes(page, [request]))[0]).toContain('every cache is empty')
    expect(acted(running)).toEqual([`POST ${API}/cache/clear`])
  })

  it('nothing that we answer runs a script that stands in it, or can be framed', async () => {
    const { running, web } = await attacked()
    const page = await open(browser, `http://app.test:${web.port}/`)
    expect(await tryIt(page, 'inline')).toBe('true') // where nothing forbids it
    expect(await tryIt(page, 'frame', page.url())).toContain('saw') // and frames are looked into where they may be
    expect(await tryIt(page, 'frame', `${running.http}${API}/status`)).toBe('unread')
    expect([framed(page, running.http), framed(page, page.url()).length]).toEqual([[], 2])
    for (const path of ['/livez', '/metrics', '/openapi.json', `${API}/status`, '/nothing']) {
      await page.goto(`${running.http}${path}`)
      const ran = `const script = document.createElement('script'); script.textContent = 'window.ran = true';
        document.documentElement.append(script); window.ran === true`
      expect(await page.evaluate(ran), path).toBe(false)
    }
  })
})
