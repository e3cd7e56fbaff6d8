import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { newRecord, recordOf, type TaskRecord } from '../../src/tasks/record.ts'
import { openTaskFile } from '../../src/tasks/task-file.ts'
import { newFolder } from './toys/scheduler.ts'

it('what is written is read again, and nothing else is left behind', () => {
  const folder = newFolder()
  const record: TaskRecord = { ...newRecord(), enabled: false, failures: 4, lastError: 'no', nextRun: 5 }
  const warnings: string[] = []
  const open = () =>
    openTaskFile({ folder, current: () => new Map([['a', record]]), warn: (text) => warnings.push(text) })
  const file = open()
  file.flush() // nothing has changed
  expect(readdirSync(folder)).not.toContain('tasks.json')
  file.changed()
  file.flush()
  expect([...open().records]).toEqual([['a', record]])
  expect(readdirSync(folder).filter((name) => name.startsWith('tasks'))).toEqual(['tasks.json'])
  expect(warnings).toEqual([])
})

it('a folder that cannot be written to: said once, and written as soon as it can be', () => {
  const folder = newFolder()
  rmSync(folder, { recursive: true })
  const warnings: string[] = []
  const file = openTaskFile({ folder, current: () => new Map(), warn: (text) => warnings.push(text) })
  for (let n = 0; n < 3; n++) {
    file.changed()
    file.flush()
  }
  expect(warnings).toEqual([expect.stringMatching(/^the state of tasks could not be written/)])
  mkdirSync(folder)
  file.changed()
  file.flush()
  expect(JSON.parse(readFileSync(`${folder}/tasks.json`, 'utf8'))).toEqual({ version: 1, tasks: {} })
})

it('anything may stand in the file: what is no record is none, and a record is what it was', () => {
  const known = newRecord() as unknown as Record<string, unknown>
  const field = fc.constantFrom(...Object.keys(known))
  fc.assert(
    fc.property(field, fc.anything(), fc.anything(), (name, wrong, other) => {
      expect(recordOf(other)).toBe(undefined)
      const read = recordOf({ ...known, [name]: wrong })
      if (read) expect(read).toEqual({ ...known, [name]: wrong })
    }),
  )
  expect(recordOf(known)).toEqual(known)
})
