import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { EventRecord } from '../../src/events/types.ts'
import { connect } from './client.ts'
import { doors, event, rig } from './support.ts'

/** What a kernel may take for a client that does not read, and more: bytes. */
const ENOUGH = 24 * 1_048_576
const TEXT = 'x'.repeat(4_000)
const EVENTS = 100

const big = (n: number): EventRecord => ({ ...event(n, 'transfer_created'), data: { memo: TEXT } })

it('a client that stops reading is closed as busy once its buffer is full, resumes and misses nothing; the others get everything meanwhile', async () => {
  const it = rig()
  const { ws } = await doors(it)
  const readers = await Promise.all(Array.from({ length: 10 }, () => connect(ws)))
  const stopped = await connect(ws)
  for (const client of [...readers, stopped]) await client.subscribe('transfers')

  const all: string[] = []
  stopped.socket.pause()
  for (let sent = 0; sent < ENOUGH; sent += EVENTS * TEXT.length) {
    all.push(...it.commit(Array.from({ length: EVENTS }, (_, n) => big(n))))
    await Promise.all(readers.map((reader) => reader.frame(({ id }) => id === all.at(-1))))
    await turn()
  }
  for (const reader of readers) expect(reader.ids('transfers')).toEqual(all)
  expect(it.hub.clients().clientCount).toBe(readers.length)
  expect(it.hub.metrics().connectionsClosed).toMatchObject({ websocket: { server_busy: 1 } })

  stopped.socket.resume()
  expect(await stopped.closed).toMatchObject({ code: expect.any(Number) })
  const before = stopped.ids('transfers')
  expect(before).toEqual(all.slice(0, before.length))
  const again = await connect(ws)
  await again.subscribe('transfers', { since: before.at(-1) ?? '0-0-0' })
  await again.frame(({ id }) => id === all.at(-1))
  expect([...before, ...again.ids('transfers')]).toEqual(all)
}, 120_000)
