/**
 * How a resume grows with the history: a client that missed the last {@link MISSED} events comes back to logs of a
 * thousand, a hundred thousand and a million events. Its time to the last of them, beside the same on the smallest log.
 */
import { WebSocket } from 'ws'
import { ownPart, type Part } from './parts/measured.ts'
import { type BenchOptions, compared, median, type Row } from './table.ts'

const MISSED = 500
const SIZES = [1_000, 100_000, 1_000_000]
/** Resumes of a round; the median counts. */
const TIMES = 15

export async function run({ rounds, short }: BenchOptions): Promise<Row[]> {
  const sizes = short ? [1_000, 5_000] : SIZES
  const logs: { server: Part; ws: string; since: string; times: number[] }[] = []
  try {
    for (const size of sizes) {
      const server = ownPart(new URL('./parts/history.ts', import.meta.url), [`${size}`, `${MISSED}`])
      const { ws, since } = await server.message(({ ws, since }) =>
        typeof ws === 'string' && typeof since === 'string' ? { ws, since } : undefined,
      )
      logs.push({ server, ws, since, times: [] })
    }
    for (let round = -1; round < rounds; round++)
      for (const { ws, since, times } of logs) {
        const taken: number[] = []
        for (let n = 0; n < (short ? 2 : TIMES); n++) taken.push(await resumed(ws, since))
        if (round >= 0) times.push(median(taken)) // the first warms up
      }
  } finally {
    for (const { server } of logs) await server.end()
  }
  const [smallest, ...others] = logs
  return others.map(({ times }, index) => ({
    ...{
      name: `resume, ${MISSED} events missed, of ${sizes[index + 1]?.toLocaleString('en')}`,
      unit: 'ms',
      atMost: true,
    },
    ...{ value: median(times), floor: null, goal: null },
    peer: { name: `of ${sizes[0]?.toLocaleString('en')}`, value: median(smallest?.times ?? []) },
    ...compared(times, smallest?.times ?? []),
  }))
}

/** From the connection to the last event, ms. */
async function resumed(ws: string, since: string): Promise<number> {
  const begun = performance.now()
  const socket = new WebSocket(ws, { perMessageDeflate: false })
  let got = 0
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'subscribe', channel: 'blockchain_events', data: { since } })),
    )
    socket.on('message', (data: Buffer) => {
      if (data.toString('latin1', 0, 60).includes('"channel":"blockchain_events"') && ++got === MISSED) resolve()
    })
  })
  const taken = performance.now() - begun
  socket.terminate()
  return taken
}
