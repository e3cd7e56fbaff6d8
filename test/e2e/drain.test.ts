/** The end of a process, as those who watch it and those who are connected see it. */
import { expect, it } from 'vitest'
import { connect, connectIo } from '../gateway/client.ts'
import { expectedEvents } from '../seimoney/expectation.ts'
import { RECORDINGS } from './recordings.ts'
import { get, logUpTo, type Running, ready, temporaryFolder, until } from './seiche.ts'

const { dir, to } = RECORDINGS.wasmd2
/** Long enough that a test sees what happens before anything is closed. */
const DELAY = { SEICHE_DRAIN_DELAY: '6000' }

const playing = (data: string, pace: string): Promise<Running> =>
  ready(['replay', dir, '--pace', pace, '--data', data], DELAY)

async function notReady({ http }: Running): Promise<void> {
  const verbose = async (): Promise<string> => (await fetch(`${http}/readyz?verbose`)).text()
  await until(verbose, (text) => text.includes('fail draining'))
}

it('says that it is not ready and serves on; then tells its clients, closes them, commits, and exits 0; nothing is lost', async () => {
  const data = temporaryFolder()
  const first = await playing(data, '20')
  const [client, polling] = [await connect(first.ws), await connectIo(first.http)]
  for (const each of [client, polling]) await each.subscribe('blockchain_events', { since: '0-0-0' })
  await expect.poll(() => client.ids().length, { timeout: 30_000 }).toBeGreaterThan(5)
  first.process.kill('SIGTERM')

  await notReady(first)
  expect((await fetch(`${first.http}/readyz`)).status).toBe(503)
  expect((await get(first, '/api/realtime/events')).status).toBe(200)
  const late = await connect(first.ws)
  expect((await late.subscribe('blockchain_events')).data['recovered']).toBeDefined()
  const before = client.ids().length
  await expect.poll(() => client.ids().length, { timeout: 10_000 }).toBeGreaterThan(before) // it goes on meanwhile

  for (const each of [client, polling, late]) {
    const { data } = await each.frame(({ data }) => 'draining' in data)
    expect(data['draining']).toEqual({ retryAfterMs: expect.any(Number) })
  }
  expect(await client.closed).toEqual({ code: 1012, reason: 'restart' })
  expect(await first.exited).toBe(0)
  expect(first.lines.at(-1)?.msg).toBe('stopped')

  const second = await playing(data, '0')
  const log = await logUpTo(second, to)
  expect(log).toEqual(expectedEvents(dir).map(({ event }) => event))
  const seen = client.ids()
  const again = await connect(second.ws)
  expect((await again.subscribe('blockchain_events', { since: seen.at(-1) })).data['recovered']).toBe(true)
  expect([...seen, ...again.ids()]).toEqual(log.map(({ id }) => id))
}, 120_000)

it('a second signal cuts it short: exit 1, with what was still open', async () => {
  const running = await playing(temporaryFolder(), '20')
  await connect(running.ws)
  running.process.kill('SIGTERM')
  await notReady(running)
  await new Promise((resolve) => setTimeout(resolve, 400)) // a signal that comes again at once is the same one
  expect(await running.kill('SIGTERM')).toBe(1)
  const line = await running.line(({ msg }) => msg === 'cut short before everything was stopped')
  expect(line['open']).toEqual({ clients: 1, actors: expect.arrayContaining(['event-store', 'block-fetcher']) })
}, 60_000)
