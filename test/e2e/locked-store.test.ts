import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { expectedEvents } from '../seimoney/expectation.ts'
import { RECORDINGS } from './recordings.ts'
import { command, currentBlock, get, logUpTo, ready, temporaryFolder, until } from './seiche.ts'

it('a store that another process has locked is named in /health and waited for; nothing is lost, nobody is restarted', async () => {
  const { dir, to } = RECORDINGS.wasmd
  const data = temporaryFolder()
  const running = await ready(['replay', dir, '--pace', '20', '--data', data])
  await until(
    () => get(running, '/api/realtime/status'),
    ({ body }) => currentBlock(body) > 150,
  )
  const intruder = new DatabaseSync(`${data}/seiche.db`, { timeout: 1_000 })
  intruder.exec('BEGIN IMMEDIATE')
  const { body } = await until(
    () => get(running, '/api/realtime/health'),
    ({ status }) => status === 503,
  )
  expect(body['error']).toMatchObject({ code: 'E_STORE_LOCKED' })
  intruder.exec('COMMIT')
  intruder.close()
  expect(await logUpTo(running, to)).toEqual(expectedEvents(dir).map(({ event }) => event))
  const actors = (await get(running, '/api/realtime/actors')).body['actors'] as Record<string, { generation: number }>
  expect(new Set(Object.values(actors).map(({ generation }) => generation))).toEqual(new Set([1]))
  await until(
    () => get(running, '/api/realtime/health'),
    ({ status }) => status === 200,
  )
})

it('a second Seiche on the same data folder refuses to start, and harms nothing; after kill -9 of the first it may', async () => {
  const { dir, to } = RECORDINGS.sei
  const data = temporaryFolder()
  const first = await ready(['replay', dir, '--pace', '0', '--data', data])
  const second = command([
    'replay',
    dir,
    '--pace',
    '0',
    '--data',
    data,
    '--port',
    '0',
    '--ws-port',
    '0',
    '--log',
    'json',
  ])
  expect(await second.exited).toBe(1)
  expect(second.stderr()).toContain('E_STORE_LOCKED')
  const events = await logUpTo(first, to)
  expect(events).toEqual(expectedEvents(dir).map(({ event }) => event))
  await first.kill('SIGKILL')
  const third = await ready(['replay', dir, '--pace', '0', '--data', data])
  expect(await logUpTo(third, to)).toEqual(events)
})
