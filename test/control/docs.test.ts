import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { serve } from './support.ts'

const page = readFileSync(join(resolve(import.meta.dirname, '../..'), 'docs', 'rest.md'), 'utf8')

it('rest.md names every route that there is, and no other', async () => {
  const { document } = await serve()
  const there = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  )
  const named = [...page.matchAll(/^\| `((?:GET|POST|PUT) \S+)` \|/gm)].map(([, route]) => route)
  expect(named.toSorted()).toEqual(there.toSorted())
})

it('rest.md names every metric of ours, and no other', async () => {
  const { ask } = await serve()
  const { text } = await ask('/metrics')
  const there = [...text.matchAll(/^# TYPE ((?:seiche|http)_\S+)/gm)].map(([, name]) => name)
  const named = [...page.matchAll(/^\| `((?:seiche|http)_\w+)` \|/gm)].map(([, name]) => name)
  expect(named.toSorted()).toEqual(there.toSorted())
})
