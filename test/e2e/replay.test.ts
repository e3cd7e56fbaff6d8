import { describe, expect, it } from 'vitest'
import { expectedEvents } from '../seimoney/expectation.ts'
import { RECORDINGS } from './recordings.ts'
import { logUpTo, ready, temporaryFolder } from './seiche.ts'
import { subscribe } from './subscriber.ts'

describe.each(Object.entries(RECORDINGS))('replaying %s', (_name, { dir, to }) => {
  it('yields exactly the events of its golden file, joined, backed and routed as computed independently', async () => {
    const running = await ready(['replay', dir, '--pace', '0', '--data', temporaryFolder()])
    const client = subscribe(running.ws)
    const log = await logUpTo(running, to)
    const expected = expectedEvents(dir).map(({ event }) => event)
    expect(log).toEqual(expected)
    await client.until(({ events }) => events.length >= expected.length)
    expect(client.events).toEqual(expected)
    expect(await running.kill('SIGTERM')).toBe(0)
  })
})
