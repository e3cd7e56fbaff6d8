import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { RECORDINGS } from './e2e/recordings.ts'
import { get, logUpTo, type Running, ready, temporaryFolder } from './e2e/seiche.ts'

const root = resolve(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, code]) => code ?? '')

async function indexed(): Promise<Running> {
  const running = await ready(['replay', RECORDINGS.wasmd.dir, '--pace', '0', '--data', temporaryFolder()])
  await logUpTo(running, RECORDINGS.wasmd.to)
  return running
}

let snippets: string[]
beforeAll(() => {
  snippets = blocks('js')
})

it.each([0, 1])(
  'snippet %i for clients runs as it stands, but for the ports, and prints events from the start of the log',
  async (index) => {
    const { http, ws } = await indexed()
    const snippet = snippets[index]?.replace('ws://127.0.0.1:8081', ws).replace('http://127.0.0.1:3000', http) ?? ''
    const child = spawn(process.execPath, ['--input-type=module', '-e', snippet], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    for await (const line of createInterface(child.stdout)) if (line.includes('vault_deposited')) break
    child.kill('SIGKILL')
    await once(child, 'close')
  },
)

it('the curl line answers as shown', async () => {
  const running = await indexed()
  const path = /curl 'http:\/\/127\.0\.0\.1:3000([^']+)'/.exec(readme)?.[1] ?? ''
  expect((await get(running, path)).body).toMatchObject({
    ok: true,
    count: 2,
    events: [{ type: 'vault_deposited' }, {}],
  })
})

it('every file and folder it points at is there', () => {
  const targets = [...readme.matchAll(/\]\(([^)#]+)\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !target.startsWith('http'))
  expect(targets.length).toBeGreaterThan(10)
  expect(targets.filter((target) => !existsSync(join(root, target)))).toEqual([])
})
