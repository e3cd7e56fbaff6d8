import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const docs = resolve(import.meta.dirname, '../docs')
const page = readFileSync(resolve(docs, 'guarantees.md'), 'utf8')

it('every promise names a test, and the test is there', () => {
  const promises = page.split('\n').filter((line) => line.startsWith('| ') && !/^\| (promise|what) \|/.test(line))
  expect(promises.length).toBeGreaterThan(25)
  for (const promise of promises) {
    const tests = [...promise.matchAll(/\]\((\.\.\/test\/[^)]+)\)/g)].map(([, path]) => path ?? '')
    expect(tests, promise).not.toEqual([])
    for (const test of tests) expect(existsSync(resolve(docs, test)), `${promise} names ${test}`).toBe(true)
  }
})
