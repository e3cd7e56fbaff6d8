import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { FILE } from '../../src/store/schema.ts'
import { differentTables, wrongClients } from './settled.ts'

const LOGGED = ['1-0-0', '2-0-0', '3-0-0']
const EXPECTED = new Map([['pots ', LOGGED]])

const told = (ids: string[]): string[] =>
  wrongClients([{ channel: 'pots', door: 'websocket', connections: 1, ids }], EXPECTED)

it('a client that got its part of the log is right', () => {
  expect(told(LOGGED)).toEqual([])
})

it.each([
  ['lost', ['1-0-0', '3-0-0'], 'at 1: 3-0-0 instead of 2-0-0'],
  ['doubled', ['1-0-0', '1-0-0', '2-0-0', '3-0-0'], 'at 1: 1-0-0 instead of 2-0-0'],
  ['out of order', ['1-0-0', '3-0-0', '2-0-0'], 'at 1: 3-0-0 instead of 2-0-0'],
  ['invented', [...LOGGED, '4-0-0'], 'at 3: 4-0-0 instead of nothing'],
  ['not sent yet', ['1-0-0', '2-0-0'], 'at 2: nothing instead of 3-0-0'],
])('an event %s is told, with its place', (_, ids, place) => {
  expect(told(ids)).toEqual([expect.stringContaining(place)])
})

function store(rows: number[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'seiche-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = new DatabaseSync(join(folder, FILE))
  file.exec('CREATE TABLE "app.sums" (n INTEGER)')
  for (const n of rows) file.prepare('INSERT INTO "app.sums" VALUES (?)').run(n)
  file.close()
  return folder
}

it('a row that is missing, more or different in a table is told', () => {
  expect(differentTables(store([1, 2]), store([1, 2]))).toEqual([])
  expect(differentTables(store([1]), store([1, 2]))).toEqual([expect.stringContaining('row 1: undefined instead of')])
  expect(differentTables(store([1, 2]), store([1]))).toEqual([expect.stringContaining('a clean run has 1')])
  expect(differentTables(store([1, 3]), store([1, 2]))).toEqual([expect.stringContaining('{"n":3} instead of {"n":2}')])
})
