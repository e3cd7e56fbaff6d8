/** A real Chromium, pages of our own for it under any name, and the real command for them to attack. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const SCRIPTS: Readonly<Record<string, string>> = {
  '/tries.js': join(import.meta.dirname, 'tries.js'),
  '/socket.io.js': join(root, 'node_modules/socket.io-client/dist/socket.io.min.js'),
}

/** Where Chromium is; undefined where there is none. @throws Error where there must be one: in CI */
export function findChromium(): string | undefined {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    } catch {
      // the next name
    }
  }
  const { CI, REQUIRE_BROWSER } = process.env
  if (CI || REQUIRE_BROWSER) throw new Error('there is no Chromium here: run .ci/chromium, or apt-get install chromium')
  console.warn('SKIPPED: there is no Chromium here. To try the door in a real browser: apt-get install chromium')
  return undefined
}

/**
 * A browser for which every name of `.test` is this machine: names cost an attacker nothing. Chromium's own way of keeping
 * pages out of local networks is off: it is we who have to refuse, other browsers have nothing of the kind.
 */
export async function launch(executablePath: string): Promise<Browser> {
  const args = [
    ...['--no-sandbox', '--disable-background-networking', '--host-resolver-rules=MAP *.test 127.0.0.1'],
    '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests',
  ]
  return await chromium.launch({ executablePath, args })
}

export interface Site {
  port: number
  /** The HTML of a page that can try everything. */
  html: string
}

/** A web site whose every page can try everything, whatever name it is called by. */
export async function site(): Promise<Site> {
  let html = ''
  const server = createServer(({ url = '' }, response) => {
    const script = SCRIPTS[url]
    response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html')
    response.end(script ? readFileSync(script) : html)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const scripts = Object.keys(SCRIPTS).map((path) => `<script src="http://scripts.test:${port}${path}"></script>`)
  html = `<!doctype html><title>a page</title><link rel="icon" href="data:,"><body>${scripts.join('')}`
  return { port, html }
}

/** A page that is there, with what it can try. */
export async function open(browser: Browser, url: string, html?: string): Promise<Page> {
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  const page = await context.newPage()
  // The name still pointed to the attacker's server when the page was fetched, and does so no more.
  if (html !== undefined) await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: html }))
  await page.goto(url)
  return page
}

/** Lets a page try something; answers what came of it. */
export async function tryIt<Outcome = string>(page: Page, name: string, ...args: unknown[]): Promise<Outcome> {
  return await page.evaluate<Outcome>(`tries.${name}(...${JSON.stringify(args)})`)
}
