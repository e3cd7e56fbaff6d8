/**
 * Many clients that keep up, on both doors, in a process of their own, each live on `transfers`. Says so when all are
 * there. For each line, the ids that were committed since, it waits until everybody has the last, and tells who was closed
 * and how many had something else than that.
 */
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Reader, read } from './reader.ts'

const [ws = '', http = '', count = '1'] = process.argv.slice(2)
const CHANNEL = 'transfers'
const AT_ONCE = 50

const readers: Reader[] = []
const lost: string[] = []

async function enter(n: number): Promise<void> {
  const reader = await (n % 2 ? read('websocket', ws) : read('socket.io', http))
  void reader.closed.then(({ code, reason }) => lost.push(`${reader.door} ${n} was closed: ${code} ${reason}`))
  await reader.subscribe(CHANNEL)
  readers.push(reader)
}

for (let n = 0; n < Number(count); n += AT_ONCE)
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, Number(count) - n) }, (_, more) => enter(n + more)))
process.stdout.write('{"entered":true}\n')

const received = ({ ids }: Reader): string[] => ids.get(CHANNEL) ?? []

for await (const line of createInterface(process.stdin)) {
  const committed = JSON.parse(line) as string[]
  while (!lost.length && readers.some((reader) => received(reader).at(-1) !== committed.at(-1))) await sleep(20)
  const wrong = readers.filter((reader) => received(reader).join() !== committed.join())
  process.stdout.write(`${JSON.stringify({ readers: readers.length, lost, wrong: wrong.length })}\n`)
}
