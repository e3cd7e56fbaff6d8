import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { plainApp } from '../../src/events/app.ts'
import { commitWhenFree } from '../../src/store/commit-when-free.ts'
import { FILE, migrate } from '../../src/store/schema.ts'
import { writeTo } from '../../src/store/writer.ts'
import { block, CONTRACTS, folder, range, readerOn, record, writerOn } from './support.ts'

const code = (name: string) => expect.objectContaining({ code: name })

function open(path: string): DatabaseSync {
  const file = new DatabaseSync(join(path, FILE))
  onTestFinished(() => {
    if (file.isOpen) file.close()
  })
  return file
}

const V1 = 'CREATE TABLE thing (name TEXT); INSERT INTO thing VALUES (1)'
const V2 = 'ALTER TABLE thing ADD COLUMN size INTEGER DEFAULT 7'
const things = (file: DatabaseSync) => file.prepare('SELECT * FROM thing').all()

it('an older file becomes a newer one with all its data, and a copy of the older stays beside it', () => {
  const path = folder()
  const file = open(path)
  migrate(file, join(path, FILE), [V1])
  writeFileSync(join(path, `${FILE}.v1.backup.part`), 'of a try that was cut short')
  migrate(file, join(path, FILE), [V1, V2])
  expect(things(file)).toEqual([{ name: '1', size: 7 }])
  const copy = new DatabaseSync(join(path, `${FILE}.v1.backup`))
  expect(things(copy)).toEqual([{ name: '1' }])
  copy.close()
})

it('a step that fails half-way leaves the file as it was, and works when tried again', () => {
  const path = folder()
  const file = open(path)
  migrate(file, join(path, FILE), [V1])
  expect(() => migrate(file, join(path, FILE), [V1, `${V2}; nonsense`])).toThrow('nonsense')
  file.close()
  const again = open(path)
  expect(things(again)).toEqual([{ name: '1' }])
  migrate(again, join(path, FILE), [V1, V2])
  expect(things(again)).toEqual([{ name: '1', size: 7 }])
})

it('a new file needs no copy', () => {
  const path = folder()
  writerOn(path)
  expect(existsSync(join(path, `${FILE}.v0.backup`))).toBe(false)
})

it('newer: a file of a newer version is refused by writer and reader', () => {
  const path = folder()
  writerOn(path).close()
  const file = open(path)
  file.exec('PRAGMA user_version = 99')
  file.close()
  expect(() => writerOn(path)).toThrow(code('E_STORE_NEWER'))
  expect(() => readerOn(path)).toThrow(code('E_STORE_NEWER'))
})

it('where nothing was indexed there is nothing to read', () => {
  const path = folder()
  expect(() => readerOn(path)).toThrow(code('E_NO_STORE'))
  open(path).exec('PRAGMA user_version') // a file, but nothing in it yet
  expect(() => readerOn(path)).toThrow(code('E_NO_STORE'))
})

it('a file that is no store, or a damaged one, is refused and left alone', () => {
  const path = folder()
  writeFileSync(join(path, FILE), 'these are my holiday notes, '.repeat(100))
  expect(() => writerOn(path)).toThrow(code('E_STORE_CORRUPT'))
  expect(() => readerOn(path)).toThrow(code('E_STORE_CORRUPT'))
})

it('read-only: a data folder that cannot be made or written says so and names the setting', () => {
  const path = folder()
  const refusal = expect.objectContaining({ code: 'E_READ_ONLY', message: expect.stringContaining('--data') })
  writeFileSync(join(path, 'file'), '')
  expect(() => writerOn(join(path, 'file', 'data'))).toThrow(refusal)
  mkdirSync(join(path, 'data', FILE), { recursive: true })
  expect(() => writerOn(join(path, 'data'))).toThrow(refusal)
})

it('read-only while running: nothing is written, and it goes on when it may', () => {
  const path = folder()
  writerOn(path)
  const file = open(path)
  const writer = writeTo(file, { app: plainApp, contracts: CONTRACTS })
  file.exec('PRAGMA query_only = ON')
  expect(() => writer.commit(range([block(1, [record(0, 0)])]))).toThrow(code('E_READ_ONLY'))
  file.exec('PRAGMA query_only = OFF')
  expect(writer.commit(range([block(1, [record(0, 0)])]))?.events).toHaveLength(1)
})

it('busy: a lock another process holds is waited out without blocking the thread', async () => {
  const path = folder()
  const writer = writerOn(path)
  const other = open(path)
  other.exec('BEGIN IMMEDIATE')
  const one = range([block(1, [record(0, 0)])])
  expect(() => writer.commit(one)).toThrow(code('E_BUSY'))
  const { signal } = new AbortController()
  await expect(commitWhenFree(writer, one, signal, 5)).rejects.toEqual(code('E_STORE_LOCKED'))
  await expect(commitWhenFree(writer, one, AbortSignal.timeout(5))).rejects.toThrow('abort')
  const committed = commitWhenFree(writer, one, signal)
  setTimeout(() => other.exec('COMMIT'), 5) // can run only while the thread is free
  expect((await committed)?.events).toHaveLength(1)
})
