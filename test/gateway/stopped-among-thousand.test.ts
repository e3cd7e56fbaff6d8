import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import type { EventRecord } from '../../src/events/types.ts'
import { type DoorName, type Reader, read } from './reader.ts'
import { doors, event, LIMITS, rig } from './support.ts'

const READERS = 999
const MANY = { maxConnections: 2_000, maxConnectionsPerIp: 2_000, maxNewPerSecondPerIp: 2_000 }
/** History there is before anybody comes, blocks of so many small events: more than a kernel takes for a client that does not read. */
const [HISTORY, HISTORY_EVENTS] = [40, 256]
/** Blocks that are committed, and the pause after each, ms: more than the budget of a client; over a minute by `LONG=1`. */
const [BLOCKS, PAUSE] = process.env['LONG'] === '1' ? [60, 1_000] : [16, 0]
/** Events of a block, and the text in each. */
const [EVENTS, TEXT] = [25, 'x'.repeat(4_000)]
/** What one block, or one page of history, may add before the budget is looked at again, bytes. */
const AT_ONCE = 300_000

const block = (type: string, count: number, memo: string): EventRecord[] =>
  Array.from({ length: count }, (_, n) => ({ ...event(n, type), data: { memo } }))

interface Crowd {
  /** What they say of everything that was committed so far, once everybody has the last of it. */
  say(committed: readonly string[]): Promise<unknown>
}

async function crowd(ws: string, io: string): Promise<Crowd> {
  const script = resolve(import.meta.dirname, 'readers.ts')
  const child = spawn(process.execPath, [script, ws, io, `${READERS}`], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface(child.stdout)
  const next = async (): Promise<unknown> => JSON.parse(((await once(lines, 'line')) as [string])[0])
  await next()
  return {
    say: (committed) => {
      child.stdin.write(`${JSON.stringify(committed)}\n`)
      return next()
    },
  }
}

/** A client whose kernel's buffers fill with history, to whom everything new is pushed besides, and who reads nothing of it. */
async function stopping(door: DoorName, url: string): Promise<Reader> {
  const client = await read(door, url)
  await client.subscribe('transfers')
  void client.subscribe('pots', '0-0-0')
  client.socket.pause()
  return client
}

/** Reads what was on its way, then comes back for the rest: ids by channel of both times. */
async function resuming(client: Reader, url: string, last: Record<string, string>): Promise<Record<string, string[]>> {
  client.socket.resume()
  await client.closed
  const again = await read(client.door, url)
  onTestFinished(() => again.socket.terminate())
  const got: Record<string, string[]> = {}
  for (const [channel, id] of Object.entries(last)) {
    const before = client.ids.get(channel) ?? []
    await again.subscribe(channel, before.at(-1) ?? client.from.get(channel) ?? '0-0-0')
    while (before.at(-1) !== id && again.ids.get(channel)?.at(-1) !== id) await sleep(20)
    got[channel] = [...before, ...(again.ids.get(channel) ?? [])]
  }
  return got
}

it(`${READERS} readers, and on each door one that stops: they get every event once and in order; it costs its budget, is closed as busy, resumes and misses nothing`, async () => {
  const it = rig(MANY)
  const pots = Array.from({ length: HISTORY }, () =>
    it.commit(block('pot_created', HISTORY_EVENTS, 'x'.repeat(500))),
  ).flat()
  const { ws, io } = await doors(it, MANY)
  const readers = await crowd(ws, io)
  const stopped = [await stopping('websocket', ws), await stopping('socket.io', io)]

  const transfers: string[] = []
  let most = 0
  for (let n = 0; n < BLOCKS; n++) {
    transfers.push(...it.commit(block('transfer_created', EVENTS, TEXT)))
    const { clients } = it.hub.clients()
    most = Math.max(
      most,
      ...Object.values(clients).map((client) => (client as { bufferedBytes: number }).bufferedBytes),
    )
    expect(await readers.say(transfers)).toEqual({ readers: READERS, lost: [], wrong: 0 })
    await sleep(PAUSE)
  }
  expect(it.hub.clients().drops.serverBusy).toBe(stopped.length)
  expect(most).toBeGreaterThan(LIMITS.maxBufferedBytes / 2)
  expect(most).toBeLessThan(LIMITS.maxBufferedBytes + AT_ONCE)

  for (const client of stopped) {
    const url = client.door === 'websocket' ? ws : io
    const got = await resuming(client, url, { transfers: transfers.at(-1) ?? '', pots: pots.at(-1) ?? '' })
    expect(got).toEqual({ transfers, pots })
  }
}, 240_000)
