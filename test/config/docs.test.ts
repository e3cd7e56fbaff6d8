import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { SETTING_FLAGS } from '../../src/cli/flags.ts'
import { VARIABLES } from '../../src/config/environment.ts'
import { resolveConfig } from '../../src/config/index.ts'
import { leaves } from '../../src/config/problems.ts'
import { schema } from '../../src/config/schema.ts'
import { ERROR_CODES } from '../../src/gateway/refusal.ts'

const root = resolve(import.meta.dirname, '../..')
const page = (name: string): string => readFileSync(join(root, 'docs', name), 'utf8')

it('configuration.md has a row for every setting, with its variable and its default', () => {
  const rows = new Map(
    [...page('configuration.md').matchAll(/^\| `([\w.]+)` \|.*$/gm)].map(([row, path = '']) => [path, row]),
  )
  expect([...rows.keys()].toSorted()).toEqual(leaves(schema).toSorted())
  for (const [variable, [path]] of Object.entries(VARIABLES)) expect(rows.get(path)).toContain(`\`${variable}`)
  const defaults = resolveConfig({ env: {} }) as unknown as Record<string, Record<string, unknown>>
  for (const [path, row] of rows) {
    const [section = '', field = ''] = path.split('.')
    const value = defaults[section]?.[field]
    if (typeof value === 'number' || typeof value === 'string')
      expect(row).toMatch(new RegExp(`\\| \`?${value}\`? \\|`))
  }
})

it('configuration.md names every flag that sets something', () => {
  const text = page('configuration.md')
  for (const flag of Object.keys(SETTING_FLAGS)) expect(text).toContain(`--${flag}`)
})

it('errors.md has an anchor for every code of ours, and for no other', () => {
  const anchors = [...page('errors.md').matchAll(/^### (E_[A-Z_]+)$/gm)].map(([, code]) => code)
  const codes = ['src', 'workers'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => readFileSync(join(root, folder, name), 'utf8').match(/(?<=')E_[A-Z_]+(?=')/g) ?? []),
  )
  expect(anchors.toSorted()).toEqual([...new Set(codes)].toSorted())
})

it('errors.md says what each code of an error frame means', () => {
  const [, sockets = ''] = page('errors.md').split('## Sockets')
  const named = [...sockets.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? [])
  expect(named.toSorted()).toEqual([...ERROR_CODES].toSorted())
})
