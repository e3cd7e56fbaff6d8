/**
 * A storm, in a process of its own: so many clients connect at once, each asks for all that followed a position, and all
 * of them are gone so many ms after the last was answered, without a word. Then it tells what they got.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

/** What became of the clients of a storm. */
export interface Storm {
  /** What they asked for: all after this position. */
  since: string
  /** Those that were let in; of the others the connection was refused, or never answered. */
  connected: number
  /** Those told an error or closed before they went: by limits, or by the end of the process. */
  refused: number
  /** The ids that the client which got most was sent. */
  longest: string[]
  /** Clients that were not sent the beginning of that. */
  wrong: number
}

/** Whoever has no answer by then does not keep the others, ms. */
const LET_IN_WITHIN = 5_000

function client(url: string, since: string, counts: Pick<Storm, 'connected' | 'refused'>) {
  const ids: string[] = []
  const socket = new WebSocket(url)
  const refused = (): void => {
    socket.off('close', refused)
    counts.refused += 1
  }
  const { promise: answered, resolve } = Promise.withResolvers<void>()
  for (const event of ['open', 'close']) socket.on(event, () => resolve())
  socket.on('open', () => {
    counts.connected += 1
    socket.on('close', refused)
    socket.send(JSON.stringify({ type: 'subscribe', channel: 'blockchain_events', data: { since } }))
  })
  socket.on('message', (text) => {
    const { channel, type, id } = JSON.parse(String(text)) as Record<string, string | undefined>
    if (type === 'error') socket.terminate()
    else if (channel === 'blockchain_events' && type === 'event' && id !== undefined) ids.push(id)
  })
  socket.on('error', () => undefined) // its close follows
  const leave = (): void => {
    socket.off('close', refused)
    socket.terminate()
  }
  return { ids, answered, leave }
}

const [url = '', clients = '0', lasts = '0', since = '0-0-0'] = process.argv.slice(2)
const counts = { connected: 0, refused: 0 }
const all = Array.from({ length: Number(clients) }, () => client(url, since, counts))
await Promise.race([Promise.all(all.map(({ answered }) => answered)), sleep(LET_IN_WITHIN)])
await sleep(Number(lasts))
for (const { leave } of all) leave()
const longest = all.reduce<string[]>((most, { ids }) => (ids.length > most.length ? ids : most), [])
const wrong = all.filter(({ ids }) => ids.some((id, n) => id !== longest[n])).length
const told: Storm = { since, ...counts, longest, wrong }
process.stdout.write(JSON.stringify(told), () => process.exit(0))
