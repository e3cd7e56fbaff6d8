import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Door } from '../../src/gateway/session.ts'
import { event, rig } from './support.ts'

const [READERS, EVENTS] = [400, 1_500]
const TEXT = 'x'.repeat(4_000)
/** What all of them may have waiting, and a page of each that was read when less did, bytes. */
const MOST = 2 * (16 * 2 ** 20 + READERS * 2 * TEXT.length)

/** Somebody whose network takes nothing until it is opened. */
function closedDoor(): Door & { open: boolean; ids: string[]; most: number } {
  let waiting = 0
  const door = {
    ...{ open: false, ids: [] as string[], most: 0 },
    handshake: { door: 'websocket' as const, ip: '127.0.0.1', headers: {}, url: '/', auth: {} },
    write: (batches: Parameters<Door['write']>[0]) => {
      for (const { frames, websocket } of batches) {
        waiting += websocket.length
        door.ids.push(...frames.flatMap(({ text }) => JSON.parse(text).id ?? []))
      }
      door.most = Math.max(door.most, waiting)
    },
    buffered: () => {
      if (door.open) waiting = 0
      return waiting
    },
    drain: async () => void (await sleep(5)),
    close: () => undefined,
  }
  return door
}

it('a crowd that reads history at once shares what may wait for it; nobody of it misses anything', async () => {
  const { hub, commit } = rig()
  const ids: string[] = []
  for (let n = 0; n < EVENTS; n += 50)
    ids.push(...commit(Array.from({ length: 50 }, (_, index) => ({ ...event(index, 'pot'), data: { memo: TEXT } }))))

  const doors = Array.from({ length: READERS }, closedDoor)
  for (const door of doors)
    hub.connect(door)?.message('{"type":"subscribe","channel":"blockchain_events","data":{"since":"0-0-0"}}')
  await expect.poll(() => Math.min(...doors.map(({ ids: got }) => got.length)), { timeout: 30_000 }).toBeGreaterThan(0)
  await sleep(500)
  const waiting = doors.reduce((sum, { most }) => sum + most, 0)
  expect(waiting).toBeLessThan(MOST)
  expect(hub.clientCount).toBe(READERS)

  const [first, ...others] = doors
  for (const door of others.slice(0, 20)) door.open = true
  if (first) first.open = true
  await expect.poll(() => doors.filter(({ ids: got }) => got.length === EVENTS).length, { timeout: 30_000 }).toBe(21)
  for (const door of doors) expect(door.ids).toEqual(ids.slice(0, door.ids.length))
}, 60_000)
