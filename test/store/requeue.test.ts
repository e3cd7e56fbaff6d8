import { expect, it } from 'vitest'
import { plainApp } from '../../src/events/app.ts'
import { block, folder, range, readerOn, record, writerOn } from './support.ts'

it('[P3] a transaction that fails half-way through its requeue leaves no event behind, and comes whole later', () => {
  const path = folder()
  let mended = false
  const writer = writerOn(path, {
    ...plainApp,
    catalogue: {
      ...plainApp.catalogue,
      join: (event, joins) => {
        if (event.eventIndex === 2 && !mended) throw new RangeError('cannot join it')
        return plainApp.catalogue.join(event, joins)
      },
    },
  })
  const reader = readerOn(path)
  const bytes = new TextEncoder().encode('{}')
  const quarantined = [{ txIndex: 0, txHash: 'AA', dialect: 'plain' as const, bytes, reason: 'cannot be read' }]
  writer.commit(range([{ ...block(1), quarantined }]))
  const requeue = () => writer.requeue(() => [record(0, 1), record(0, 2)])
  const ids = () => reader.events({ order: 'asc', limit: 10 }).map(({ id }) => id)

  expect(requeue()).toEqual({ released: 0, kept: 1 })
  expect(ids()).toEqual([])
  expect(reader.quarantine(10)).toMatchObject([{ height: 1, txIndex: 0, reason: 'cannot join it' }])

  mended = true
  expect(requeue()).toEqual({ released: 1, kept: 0 })
  expect(ids()).toEqual(['1-0-1', '1-0-2'])
  expect(reader.quarantined()).toBe(0)
})
