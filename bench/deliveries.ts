/**
 * P6, P7: CPU of the gateway's process per event delivered, of one event a block and of ten, at both doors. The limit is a
 * C loop of one `send` per event and client; the clients of both are the same C program. Bursts of {@link BURST} blocks,
 * each as soon as every client has the one before.
 */
import { type DoorName, LABEL, opened, withFanout } from './parts/doors.ts'
import { cpuSeconds, ownPart, type Part, program } from './parts/measured.ts'
import { type BenchOptions, compared, median, type Row } from './table.ts'

const BURST = 16
const IN_A_BLOCK = 10
/** Deliveries of a measurement: what takes about half a second; of events that share a write, more. */
const [SINGLE, JOINED] = [200_000, 1_000_000]
/** Floor and goal of P6 by door and clients, of P7 by door. */
const SINGLE_BOUNDS: Record<DoorName, Record<number, [number, number]>> = {
  websocket: { 1000: [1.7, 1.5], 5000: [2, 1.7] },
  socketio: { 1000: [2.8, 1.9], 5000: [4.2, 2.6] },
}
const JOINED_BOUNDS: [number, number] = [0.3, 0.2]

export const deliveries = async ({ rounds, short }: BenchOptions): Promise<Row[]> =>
  await withFanout(async (binary) => {
    const rows: Row[] = []
    for (const clients of short ? [100] : [500, 1_000, 5_000])
      for (const door of ['websocket', 'socketio'] as const)
        rows.push(...(await besideTheLimit({ binary, door, clients, rounds, share: short ? 0.05 : 1 })))
    return rows
  })

interface Setting {
  binary: string
  door: DoorName
  clients: number
  rounds: number
  /** Of the deliveries of a whole measurement. */
  share: number
}

async function besideTheLimit({ binary, door, clients, rounds, share }: Setting): Promise<Row[]> {
  const gateway = ownPart(new URL('./parts/gateway.ts', import.meta.url), [])
  const parts = [gateway]
  const started = (args: string[]): Part => {
    const one = program(binary, args)
    parts.push(one)
    return one
  }
  try {
    const { port, bytes } = await opened(gateway, door)
    const readers = started(['clients', `${port}`, `${clients}`, door])
    await readers.message((message) => message['connected'])
    const limit = started(['limit', `${clients}`, `${bytes}`])
    const limitPort = await limit.message((message) => message['port'])
    const limitReaders = started(['clients', `${limitPort}`, `${clients}`, 'raw'])
    await limitReaders.message((message) => message['connected'])

    const ours = bursts(gateway, readers, clients, (blocks, events) => gateway.process.send({ blocks, events }))
    const theirs = bursts(limit, limitReaders, clients, (blocks) => limit.process.stdin?.write(`${blocks}\n`))
    const [single, joined, sent]: [number[], number[], number[]] = [[], [], []]
    for (let round = -1; round < rounds; round++) {
      const each = [
        await ours(SINGLE * share, 1), //
        await ours(JOINED * share, IN_A_BLOCK),
        await theirs(SINGLE * share, 1),
      ] as const
      if (round < 0) continue // warms up
      for (const [n, list] of [single, joined, sent].entries()) list.push(each[n] ?? Number.NaN)
    }
    const row = (what: string, values: number[], [floor, goal]: [number, number] | [null, null]): Row => ({
      ...{
        name: `fanout, ${LABEL[door]}, ${clients} clients, ${what}`,
        unit: 'µs/delivery',
        atMost: true,
        floor,
        goal,
      },
      value: median(values),
      peer: { name: 'C, one send each', value: median(sent) },
      ...compared(values, sent),
    })
    return [
      row('one event a block', single, SINGLE_BOUNDS[door][clients] ?? [null, null]),
      row(`${IN_A_BLOCK} events a block`, joined, JOINED_BOUNDS),
    ]
  } finally {
    for (const each of parts.reverse()) await each.end()
  }
}

/** What measures a server: µs of its CPU per delivery, over about so many deliveries of blocks of `events`. */
function bursts(server: Part, readers: Part, clients: number, publish: (blocks: number, events: number) => unknown) {
  let received = 0
  return async (count: number, events: number): Promise<number> => {
    const rounds = Math.max(1, Math.round(count / (clients * events * BURST)))
    const before = cpuSeconds(server.pid)
    for (let n = 0; n < rounds; n++) {
      received += BURST * events
      readers.process.stdin?.write(`${BURST * events}\n`)
      publish(BURST, events)
      await readers.message((message) => (message['received'] === received ? message : undefined))
    }
    return (1e6 * (cpuSeconds(server.pid) - before)) / (rounds * BURST * events * clients)
  }
}
