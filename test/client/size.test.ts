import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'rolldown'
import { expect, it } from 'vitest'

it('a page loads at most 6 kB for the client, minified and gzipped, and nothing else', async () => {
  const { output } = await build({
    input: resolve(import.meta.dirname, '../../src/client/index.ts'),
    platform: 'browser',
    write: false,
    output: { minify: true },
  })
  expect(output).toHaveLength(1)
  expect(output[0].imports).toEqual([])
  expect(gzipSync(output[0].code).length).toBeLessThan(6_000)
})
