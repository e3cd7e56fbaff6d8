/** P9: resident memory of the gateway's process per connection that is idle, beside bare `ws` and stock socket.io. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type DoorName, LABEL, opened, withFanout } from './parts/doors.ts'
import { next, ownPart, type Part, part, program, residentBytes } from './parts/measured.ts'
import { type BenchOptions, compared, median, type Row } from './table.ts'

const PEER: Record<DoorName, string> = { websocket: 'ws', socketio: 'stock socket.io' }
/** What a connection may take, KB. */
const GOAL: Record<DoorName, number> = { websocket: 8, socketio: 30 }
const KB = 1_000

export const idle = async ({ rounds, short }: BenchOptions): Promise<Row[]> =>
  await withFanout(async (binary) => {
    const clients = short ? 100 : 5_000
    const rows: Row[] = []
    for (const door of ['websocket', 'socketio'] as const) {
      const [ours, theirs]: [number[], number[]] = [[], []]
      for (let round = 0; round < rounds; round++) {
        const gateway = ownPart(new URL('./parts/gateway.ts', import.meta.url), [])
        ours.push(await perConnection(gateway, (await opened(gateway, door)).port, { binary, door, clients }))
        const plain = part(new URL('./parts/plain-door.ts', import.meta.url), [door])
        const port = await plain.message((message) => message['port'] as number | undefined)
        theirs.push(await perConnection(plain, port, { binary, door, clients }))
      }
      const [name, value] = [`fanout, ${LABEL[door]}, memory of one of ${clients} idle connections`, median(ours)]
      rows.push(
        {
          ...{ name, value, unit: 'KB', atMost: true, floor: 1, goal: null },
          peer: { name: PEER[door], value: median(theirs) },
          ...compared(ours, theirs),
        },
        {
          ...{ name, value, unit: 'KB', atMost: true, floor: null, goal: 1 },
          peer: { name: 'KB it may take', value: GOAL[door] },
          ratio: value / GOAL[door],
        },
      )
    }
    return rows
  })

/** KB that `server` holds more per connection, its garbage collected before and after; then it is ended. */
async function perConnection(
  server: Part,
  port: number,
  { binary, door, clients }: { binary: string; door: DoorName; clients: number },
): Promise<number> {
  const parts = [server]
  try {
    const before = await settled(server)
    const many = program(binary, ['clients', `${port}`, `${clients}`, door])
    parts.push(many)
    await many.message((message) => message['connected'])
    return ((await settled(server)) - before) / clients / KB
  } finally {
    for (const each of parts.reverse()) await each.end()
  }
}

async function settled(server: Part): Promise<number> {
  for (let times = 0; times < 2; times++) {
    await sleep(200)
    server.process.send({ collect: true })
    await next(server, (message) => message['collected'])
  }
  return residentBytes(server.pid)
}
