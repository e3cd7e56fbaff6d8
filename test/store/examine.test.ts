import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { restoreLog } from '../../src/store/backup.ts'
import { StoreError } from '../../src/store/errors.ts'
import { examineStore, type Finding } from '../../src/store/examine.ts'
import { FILE } from '../../src/store/schema.ts'
import { block, folder, range, record, writerOn } from './support.ts'
import { sales, toyApp } from './toy-app.ts'

/** A log of three blocks, after `sql` was done to its file. */
function logAfter(sql: string): string {
  const path = folder()
  const writer = writerOn(path, toyApp())
  const sold = (id: string) => record(0, 0, { data: { id }, accounts: [`wasm1seller${id}`, 'wasm1buyer'] })
  writer.commit(range([block(1, [sold('1')]), block(2, [sold('2')]), block(3, [sold('1')])]))
  writer.close()
  const database = new DatabaseSync(join(path, FILE))
  database.exec(sql)
  database.close()
  return path
}

const notOk = (findings: readonly Finding[]) =>
  findings.filter(({ check, state }) => state !== 'ok' && check !== 'disk').map(({ check, state }) => [check, state])
const textOf = (findings: readonly Finding[], wanted: string) => findings.find(({ check }) => check === wanted)?.text

it('finds nothing in a sound log, and says what it is', () => {
  const { findings, digest } = examineStore(logAfter(''), { chainId: 'test-1' })
  expect(notOk(findings)).toEqual([])
  expect(textOf(findings, 'checkpoint')).toMatch(/^height 3, block H3 /)
  expect(digest).toMatchObject({ height: 3, events: 3 })
})

it.each([
  [`UPDATE event SET text = substr(text, 5) WHERE height = 2`, '2-0-0: its text is no event'],
  [`UPDATE event SET text = 'null' WHERE height = 2`, '2-0-0: its text is no event'],
  [`UPDATE event SET text = replace(text, '2-0-0', '2-0-1') WHERE height = 2`, '2-0-0: its text has another id'],
  [`UPDATE event SET type = 'market.bought' WHERE height = 2`, '2-0-0: its text has another type'],
  [`UPDATE event SET tx_hash = NULL WHERE height = 3`, '3-0-0: its text has another txHash'],
  [`DELETE FROM event_account WHERE height = 1 AND account = 'wasm1buyer'`, '1-0-0: it is not routed to wasm1buyer'],
  [`INSERT INTO event_account VALUES ('wasm1other', 1, 0, 0)`, '1 events are routed to accounts they do not concern'],
  [`DELETE FROM event WHERE height = 1`, '2 events are routed to accounts they do not concern'],
  [`UPDATE event SET audience = '[' WHERE height = 3`, '3-0-0: its audience cannot be read'],
  [`UPDATE coverage SET to_height = 2`, '1 events stand at heights that were never indexed of their contract'],
  [`UPDATE log SET height = 2`, '1 events stand above the checkpoint'],
])('finds %s', (sql, text) => {
  const { findings } = examineStore(logAfter(sql))
  expect(notOk(findings)).toEqual([['agreement', 'fail']])
  expect(textOf(findings, 'agreement')).toContain(text)
})

it('warns of gaps, quarantine and projections that stand still, with what mends them', () => {
  const path = folder()
  const writer = writerOn(
    path,
    toyApp({
      sales: sales(() => {
        throw new Error('cannot')
      }),
    }),
  )
  const hit = { txIndex: 0, txHash: null, dialect: 'plain' as const, bytes: new Uint8Array([1]), reason: 'odd' }
  writer.commit(range([{ ...block(1, [record(1, 0)]), quarantined: [hit] }]))
  writer.skip(2, 'lost')
  const { findings } = examineStore(path)
  expect(notOk(findings)).toEqual([
    ['gaps', 'warn'],
    ['quarantine', 'warn'],
    ['projection', 'warn'],
  ])
  for (const { state, fix } of findings) if (state === 'warn') expect(fix).toBeTruthy()
  expect(textOf(findings, 'gaps')).toContain('2…2: lost')
  expect(textOf(findings, 'projection')).toContain('cannot')
})

it('warns of a contract whose history is not complete: a log that has it has another digest', () => {
  const { findings } = examineStore(logAfter(`UPDATE history SET complete = 0 WHERE address = 'wasm1pots'`))
  expect(notOk(findings)).toEqual([['history', 'warn']])
  expect(textOf(findings, 'history')).toContain('wasm1pots')
})

it('fails for another chain, a newer version, a damaged file and none, and never throws', () => {
  expect(notOk(examineStore(logAfter(''), { chainId: 'other-1' }).findings)).toEqual([['chain', 'fail']])
  expect(notOk(examineStore(logAfter('PRAGMA user_version = 99')).findings)).toEqual([['version', 'fail']])
  expect(notOk(examineStore(logAfter('PRAGMA user_version = 2')).findings)).toEqual([['version', 'warn']])
  expect(notOk(examineStore(folder()).findings)).toEqual([['file', 'fail']])
  const torn = logAfter('PRAGMA wal_checkpoint(TRUNCATE)')
  writeFileSync(join(torn, FILE), readFileSync(join(torn, FILE)).fill(0x5a, 8_192, 32_768))
  expect(notOk(examineStore(torn).findings).at(-1)?.[1]).toBe('fail')
  writeFileSync(join(torn, FILE), 'no database at all'.repeat(100))
  expect(notOk(examineStore(torn).findings).at(-1)?.[1]).toBe('fail')
})

it('whatever bytes of the file are damaged, it is said and not thrown, and restore refuses or makes a whole store', () => {
  const sound = readFileSync(join(logAfter('PRAGMA wal_checkpoint(TRUNCATE)'), FILE))
  const place = fc.record({ at: fc.nat(sound.length - 1), byte: fc.nat(255), length: fc.integer({ min: 1, max: 64 }) })
  fc.assert(
    fc.property(fc.array(place, { minLength: 1, maxLength: 4 }), (places) => {
      const damaged = Buffer.from(sound)
      for (const { at, byte, length } of places) damaged.fill(byte, at, Math.min(at + length, damaged.length))
      const path = folder()
      writeFileSync(join(path, FILE), damaged)
      for (const { state, fix } of examineStore(path).findings) expect(state === 'ok' || fix !== undefined).toBe(true)
      const restored = folder()
      const error = thrownBy(() => restoreLog(restored, join(path, FILE), { reset: false }))
      if (error) expect(error).toBeInstanceOf(StoreError)
      else expect(examineStore(restored).findings.find(({ check }) => check === 'structure')?.state).toBe('ok')
    }),
    { numRuns: 60 },
  )
}, 60_000)

function thrownBy(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}
