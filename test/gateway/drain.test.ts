import { expect, it } from 'vitest'
import { enter } from './deaf-door.ts'
import { event, rig } from './support.ts'

it('a drain of many closes them slice by slice; until its turn a client is told what is committed', async () => {
  const { hub, commit } = rig()
  const clients = Array.from({ length: 100 }, () => enter(hub))
  for (const { session } of clients) session.message({ type: 'subscribe', channel: 'blockchain_events' })
  const drained = hub.drain()
  const waiting = clients.filter(({ closed }) => closed() === undefined)
  expect(waiting.length).toBe(75) // 2 ms for each in slices of 50 ms
  const waits = clients.map(({ told }) => told.flatMap(({ data }) => data['draining'] ?? []))
  expect(waits).toEqual(clients.map(() => [{ retryAfterMs: expect.any(Number) }]))

  const [id] = commit([event(0, 'transfer_created')])
  await drained
  expect(clients.map(({ closed }) => closed())).toEqual(clients.map(() => 'restart'))
  const heard = clients.filter(({ told }) => told.some((frame) => frame.id === id))
  expect(heard).toEqual(waiting)
  expect(hub.clientCount).toBe(0)
})

it('a drain takes no longer than it may: with no window everybody is closed at once', () => {
  const { hub } = rig()
  const clients = Array.from({ length: 100 }, () => enter(hub))
  void hub.drain(0)
  expect(clients.every(({ closed }) => closed() === 'restart')).toBe(true)
})

it('degraded is told once for each change, and to those who come meanwhile', () => {
  const { hub } = rig()
  const reasons = ({ told }: ReturnType<typeof enter>): unknown[] =>
    told.flatMap(({ data }) => ('degraded' in data ? [data['degraded']] : []))
  const before = enter(hub)
  for (const list of [[], ['no-node'], ['no-node'], ['no-node', 'scheduler']]) hub.degraded(list)
  const meanwhile = enter(hub)
  for (const list of [['scheduler'], [], []]) hub.degraded(list)
  const after = enter(hub)
  expect(reasons(before)).toEqual([['no-node'], ['no-node', 'scheduler'], ['scheduler'], []])
  expect(reasons(meanwhile)).toEqual([['no-node', 'scheduler'], ['scheduler'], []])
  expect(reasons(after)).toEqual([])
})
