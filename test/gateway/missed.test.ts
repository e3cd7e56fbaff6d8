import { expect, it } from 'vitest'
import { connect } from './client.ts'
import { doors, event, type Rig, rig } from './support.ts'

/** A block of ten events, of which the hub hears nothing yet. */
function unheard(it: Rig): string[] {
  return it.commit(
    Array.from({ length: 10 }, (_, n) => event(n, 'transfer.sent')),
    'unheard',
  )
}

it('what the hub missed is never pushed as a whole: beyond a page everybody reads it at his own pace, once and in order', async () => {
  const it = rig()
  const client = await connect((await doors(it)).ws)
  await client.subscribe('blockchain_events')
  const expected = Array.from({ length: 200 }, () => unheard(it)).flat()
  let read = 0
  const { events } = it.reader
  it.reader.events = (query) => {
    const page = events(query)
    if (query.withAudience) read += page.length
    return page
  }
  expected.push(...it.commit([event(0, 'transfer.sent')]))
  expect(read).toBeLessThanOrEqual(512)
  await client.frame(({ id }) => id === expected.at(-1))
  expected.push(...it.commit([event(0, 'transfer.sent')]))
  await client.frame(({ id }) => id === expected.at(-1))
  expect(client.ids()).toEqual(expected)
})

it('below what retention left nothing is resumed; from there on, and from the origin, all that is left comes', async () => {
  const it = rig({}, { retain: { events: 10 } })
  const blocks = [unheard(it), unheard(it), unheard(it)]
  it.commit([])
  while (it.writer.cut());
  const { ws } = await doors(it)
  const client = await connect(ws)
  const refused = await client.subscribe('blockchain_events', { since: blocks[1]?.[3] })
  expect(refused.data).toMatchObject({ code: 'resume_expired' })
  const earliest = String(refused.data['earliest'])
  for (const since of [earliest, '0-0-0']) {
    const again = await connect(ws)
    await again.subscribe('blockchain_events', { since })
    await again.frame(({ id }) => id === blocks[2]?.at(-1))
    expect(again.ids()).toEqual(blocks[2])
  }
})

it('what was deleted before the hub could push it is no gap: who listened is closed, and told when it comes back', async () => {
  const faults: unknown[] = []
  const it = rig({}, { retain: { events: 10 }, onFault: (error) => faults.push(error) })
  const { ws } = await doors(it)
  const client = await connect(ws)
  await client.subscribe('blockchain_events')
  const [seen] = it.commit([event(0, 'transfer.sent')])
  await client.frame(({ id }) => id === seen)
  for (let n = 0; n < 3; n++) unheard(it)
  while (it.writer.cut());
  it.commit([event(0, 'transfer.sent')])
  await expect.poll(() => it.hub.metrics().connectionsClosed.websocket).toEqual({ server_busy: 1 })
  expect(client.ids()).toEqual([seen])
  const again = await connect(ws)
  expect((await again.subscribe('blockchain_events', { since: seen })).data['code']).toBe('resume_expired')
  expect(faults).toHaveLength(1)
})
