import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const PAGES = ['README.md', 'docs/client.md', 'docs/own-contract.md', 'docs/own-app.md']

it('what the pages show in TypeScript compiles as it stands', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'seiche-docs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  let blocks = 0
  for (const page of PAGES)
    for (const [, code = ''] of readFileSync(join(root, page), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g))
      writeFileSync(join(folder, `block-${++blocks}.ts`), code)
  expect(blocks).toBeGreaterThan(3)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const paths = {
    seiche: [join(root, 'src/index.ts')],
    'seiche/*': [join(root, 'src/*/index.ts')],
    react: [join(root, 'node_modules/@types/react')],
  }
  const compilerOptions = { paths, typeRoots: [join(root, 'node_modules/@types')], rootDir: '/', noEmit: true }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }),
  )
  await promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]).catch(
    (error: { stdout: string }) => expect.fail(error.stdout),
  )
}, 120_000)
