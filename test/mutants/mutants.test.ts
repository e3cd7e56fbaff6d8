import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { MUTANTS } from './mutants.ts'

it('what each mutant changes stands once where it says', () => {
  expect(MUTANTS.length).toBeGreaterThan(50)
  const places = MUTANTS.map(({ name, file, from }) => {
    const text = readFileSync(resolve(import.meta.dirname, '../..', file), 'utf8')
    return { name, times: text.split(from).length - 1 }
  })
  expect(places.filter(({ times }) => times !== 1)).toEqual([])
})
