/** `npm run screenshots`: the dashboard in both themes, on a chain of its own, as the README shows it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { findChromium, launch } from './support.ts'

const root = resolve(import.meta.dirname, '../..')
/** Until the charts have something to show, ms. */
const PATIENCE = 60_000

const executable = findChromium()
if (!executable) throw new Error('there is no Chromium here: run .ci/chromium, or apt-get install chromium')
const data = mkdtempSync(join(tmpdir(), 'seiche-screenshots-'))
const flags = ['--port', '0', '--ws-port', '0', '--rpc-port', '0', '--data', data, '--log', 'json']
const command = spawn(process.execPath, [join(root, 'src/cli.ts'), 'dev', ...flags], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const lines = createInterface(command.stdout)
  let http = ''
  while (!http) {
    const [line] = (await once(lines, 'line')) as [string]
    const { msg, http: url } = JSON.parse(line) as { msg: string; http?: string }
    if (msg === 'ready' && url) http = url
  }
  const browser = await launch(executable)
  const viewport = { width: 1_300, height: 1_180 }
  const pages = await Promise.all(
    (['light', 'dark'] as const).map(async (colorScheme) => {
      const page = await browser.newPage({ viewport, colorScheme })
      await page.goto(http)
      return { page, path: join(root, `docs/dashboard-${colorScheme}.png`) }
    }),
  )
  await sleep(PATIENCE)
  for (const { page, path } of pages) await page.screenshot({ path })
  await browser.close()
} finally {
  command.kill('SIGKILL')
  await once(command, 'exit')
  rmSync(data, { recursive: true, force: true })
}
