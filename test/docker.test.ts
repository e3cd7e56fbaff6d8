/** The steps of the Dockerfile, run in two folders instead of two images: what they make starts, and is healthy. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from './e2e/seiche.ts'

const root = resolve(import.meta.dirname, '..')
const steps = readFileSync(join(root, 'Dockerfile'), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))
  .map((line) => ({ word: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }))

it('what the Dockerfile builds starts, answers its health check, and ends as it should', async () => {
  const images: { app: string; data: string }[] = []
  const built = new Map<string, string>()
  let entry: string[] = []
  let check: string[] = []
  for (const { word, rest } of steps) {
    const image = images.at(-1)
    if (word === 'FROM') {
      const folder = temporaryFolder()
      images.push({ app: join(folder, 'app'), data: join(folder, 'data') })
      mkdirSync(join(folder, 'app'))
      const [, name] = / AS (\w+)$/.exec(rest) ?? []
      if (name) built.set(name, join(folder, 'app'))
    } else if (image && word === 'COPY') copy(rest, image.app, built)
    else if (image && word === 'RUN') {
      const command = rest.replace(/ && chown .*$/, '').replaceAll('/data', image.data)
      execFileSync('sh', ['-c', command], { cwd: image.app, stdio: ['ignore', 'ignore', 'inherit'] })
    } else if (word === 'ENTRYPOINT') entry = JSON.parse(rest) as string[]
    else if (word === 'HEALTHCHECK') check = JSON.parse(rest.slice(rest.indexOf('['))) as string[]
  }
  const { app = '', data = '' } = images.at(-1) ?? {}
  expect(steps.map(({ word }) => word)).toEqual(expect.arrayContaining(['USER', 'VOLUME', 'STOPSIGNAL', 'EXPOSE']))

  const [, ...args] = entry
  const flags = ['dev', '--port', '0', '--ws-port', '0', '--rpc-port', '0', '--data', data, '--log', 'json']
  const child = spawn(process.execPath, [...args, ...flags], { cwd: app, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  let http = ''
  for await (const line of createInterface(child.stdout)) {
    const { msg, http: url } = JSON.parse(line) as { msg: string; http: string }
    if (msg === 'ready') http = url
    if (http) break
  }
  child.stdout.resume()
  const [, ...probe] = check.map((part) => part.replace('http://127.0.0.1:3000', http))
  execFileSync(process.execPath, probe, { cwd: app })
  expect((await fetch(http)).headers.get('content-type')).toContain('text/html')
  child.kill('SIGTERM')
  expect((await exited)[0]).toBe(0)
}, 300_000)

/** `[--from=stage] what… where`: into the app's folder, from the checkout or from another stage's. */
function copy(rest: string, app: string, built: ReadonlyMap<string, string>): void {
  const [, stage, paths = ''] = /^(?:--from=(\w+) )?(.*)$/.exec(rest) ?? []
  const [where = '', ...what] = paths.split(' ').toReversed()
  for (const each of what) {
    const name = each.replace(/^\/app\//, '')
    const to = where.endsWith('/') ? join(app, name) : join(app, where)
    mkdirSync(dirname(to), { recursive: true })
    cpSync(join(stage ? (built.get(stage) ?? '') : root, name), to, { recursive: true })
  }
}
