import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { backupLog, restoreLog } from '../../src/store/backup.ts'
import { logDigest } from '../../src/store/digest.ts'
import { examineStore } from '../../src/store/examine.ts'
import { lockFolder } from '../../src/store/folder.ts'
import { FILE } from '../../src/store/schema.ts'
import { block, folder, range, readerOn, record, writerOn } from './support.ts'
import { toyApp } from './toy-app.ts'

const code = (name: string) => expect.objectContaining({ code: name })

function logOf(heights: number): string {
  const path = folder()
  const writer = writerOn(path, toyApp())
  for (let height = 1; height <= heights; height++) writer.commit(range([block(height, [record(0, height)])]))
  return path
}

it('while another process commits block after block: as of one height, whole, and indexing goes on above it', async () => {
  const [path, elsewhere] = [folder(), folder()]
  const child = spawn(process.execPath, [resolve(import.meta.dirname, 'write-for-ever.ts'), path])
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  for (const n of [1, 2, 3]) {
    await once(child.stdout, 'data')
    const { height } = backupLog(path, join(elsewhere, `copy-${n}`))
    const restored = join(elsewhere, `${n}`)
    expect(restoreLog(restored, join(elsewhere, `copy-${n}`), { reset: false }).height).toBe(height)
    const digest = logDigest(readerOn(restored))
    expect(digest).toMatchObject({ height, events: height * 3 })
    expect(digest).toEqual(logDigest(readerOn(path), { to: height }))
    expect(examineStore(restored).findings.filter(({ state }) => state === 'fail')).toEqual([])
    writerOn(restored).commit(range([block(height + 1, [record(0, 0)])]))
    expect(readerOn(restored).checkpoint().height).toBe(height + 1)
  }
}, 60_000)

it('never writes over a file, nor over a log unless told so', () => {
  const [path, other] = [logOf(2), logOf(5)]
  const copy = join(folder(), 'copy')
  backupLog(path, copy)
  const bytes = readFileSync(copy)
  expect(() => backupLog(other, copy)).toThrow(code('E_STORE_EXISTS'))
  expect(() => backupLog(path, join(path, FILE))).toThrow(code('E_STORE_EXISTS'))
  expect(readFileSync(copy)).toEqual(bytes)
  expect(() => restoreLog(other, copy, { reset: false })).toThrow(code('E_STORE_EXISTS'))
  expect(readerOn(other).checkpoint().height).toBe(5)
  writerOn(other).close()
  expect(restoreLog(other, copy, { reset: true }).height).toBe(2)
  expect(logDigest(readerOn(other))).toEqual(logDigest(readerOn(path)))
})

it('what is no whole store of a version we know is refused, and the log that is there stays', () => {
  const path = logOf(3)
  const before = logDigest(readerOn(path))
  const sources = folder()
  const made = (name: string, sql: string): string => {
    const file = join(sources, name)
    if (name !== 'foreign') backupLog(path, file)
    const database = new DatabaseSync(file)
    database.exec(sql)
    database.close()
    return file
  }
  const torn = made('torn', 'SELECT 1')
  const whole = readFileSync(torn)
  writeFileSync(torn, whole.fill(0x5a, 4_096, 40_960))
  writeFileSync(join(sources, 'text'), 'no database at all'.repeat(100))
  const refused: [string, string][] = [
    [join(sources, 'nowhere'), 'E_NO_STORE'],
    [join(sources, 'text'), 'E_STORE_CORRUPT'],
    [made('foreign', 'CREATE TABLE log (x)'), 'E_STORE_CORRUPT'],
    [made('newer', 'PRAGMA user_version = 99'), 'E_STORE_NEWER'],
    [torn, 'E_STORE_CORRUPT'],
  ]
  for (const [file, name] of refused) {
    expect(() => restoreLog(path, file, { reset: true })).toThrow(code(name))
    expect(logDigest(readerOn(path))).toEqual(before)
  }
  expect(readdirSync(path).filter((name) => name.includes('.part'))).toEqual([])
})

it('a folder that is indexed into is not restored', () => {
  const [path, copy] = [logOf(1), join(folder(), 'copy')]
  backupLog(path, copy)
  const unlock = lockFolder(path)
  onTestFinished(unlock)
  expect(() => restoreLog(path, copy, { reset: true })).toThrow(code('E_STORE_LOCKED'))
})

it('what an earlier try left half is no obstacle, and a folder that is not there is named', () => {
  const path = logOf(1)
  const copy = join(folder(), 'copy')
  writeFileSync(`${copy}.part`, 'half')
  expect(backupLog(path, copy).height).toBe(1)
  expect(existsSync(`${copy}.part`)).toBe(false)
  expect(() => backupLog(path, join(folder(), 'nowhere', 'copy'))).toThrow(code('E_READ_ONLY'))
  expect(() => backupLog(folder(), join(folder(), 'copy'))).toThrow(code('E_NO_STORE'))
})
