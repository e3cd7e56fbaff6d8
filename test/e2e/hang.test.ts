import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { loadRecording } from '../../src/devnet/recording.ts'
import { expectedEvents } from '../seimoney/expectation.ts'
import { RECORDINGS } from './recordings.ts'
import { get, logUpTo, ready, temporaryFolder } from './seiche.ts'
import { subscribe } from './subscriber.ts'

it('a decoder whose JavaScript hangs during a replay is replaced, and the log ends equal to a clean run’s', async () => {
  const { dir, to } = RECORDINGS.wasmd
  const folder = temporaryFolder()
  const app = `${new URL('./hanging-app.ts', import.meta.url).href}?mark=${folder}/hung`
  writeFileSync(`${folder}/config.json`, JSON.stringify({ app, contracts: loadRecording(dir).contracts }))
  const running = await ready([
    'replay',
    dir,
    '--pace',
    '20',
    '--config',
    `${folder}/config.json`,
    '--data',
    `${folder}/data`,
  ])
  const client = subscribe(running.ws)

  const expected = expectedEvents(dir).map(({ event }) => event)
  expect(await logUpTo(running, to)).toEqual(expected)
  await client.until(({ events }) => events.length >= expected.length)
  expect(client.events).toEqual(expected)
  expect(client.connections()).toBe(1)

  const { body } = await get(running, '/api/realtime/actors')
  const actors = body['actors'] as Record<
    string,
    { generation: number; lastVerdict: { reason: string; at?: string } | null }
  >
  expect(actors['event-decoder']).toMatchObject({
    generation: 2,
    lastVerdict: { reason: 'event loop blocked', at: expect.stringMatching(/^hanging-app\.ts.*:\d+$/) },
  })
  expect(actors['block-fetcher']?.generation).toBe(2)
  expect(actors['event-store']?.generation).toBe(1)
})
