import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { expectedEvents } from '../seimoney/expectation.ts'
import { RECORDINGS } from './recordings.ts'
import { get, logUpTo, ready, temporaryFolder } from './seiche.ts'

it('[S21] a process that is suspended for ten seconds restarts nobody, and loses nothing', async () => {
  const { dir, to } = RECORDINGS.wasmd
  const running = await ready(['replay', dir, '--pace', '4', '--data', temporaryFolder()])
  await sleep(1_000)
  running.process.kill('SIGSTOP')
  await sleep(10_000)
  running.process.kill('SIGCONT')
  expect(await logUpTo(running, to)).toEqual(expectedEvents(dir).map(({ event }) => event))
  const { body } = await get(running, '/api/realtime/actors')
  for (const actor of Object.values(body['actors'] as Record<string, object>))
    expect(actor).toMatchObject({ generation: 1, lastVerdict: null })
}, 120_000)
