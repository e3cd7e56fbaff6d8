/** Compares what Seiche's log holds with what a devnet says it did. */
import { createHash } from 'node:crypto'
import { get } from './seiche.ts'

/** The answer of a devnet's `/devnet/said`. */
export interface Said {
  height: number
  events: number
  digest: string
  byType: Record<string, number>
}

/** The digest that the devnet computes of what it executed, computed of a log of plain events, page by page. */
export async function digestOfLog(running: { http: string }): Promise<Omit<Said, 'height'>> {
  const told = { events: 0, digest: '', byType: {} as Record<string, number> }
  for (let since: unknown = '0-0-0'; since; ) {
    const { body } = await get(running, `/api/realtime/events?limit=1000&since=${since}`)
    for (const { id, type, contract, contractAddress, data } of body['events'] as Record<string, unknown>[]) {
      const name = String(type).slice(String(contract).length + 1)
      if (!name.startsWith('seimoney.')) continue // the `wasm` event says the same again
      const position = String(id).split('-').map(Number)
      const line = JSON.stringify([...position, contractAddress, name, Object.entries(data as object)])
      told.digest = createHash('sha256').update(told.digest).update(line).digest('hex')
      told.byType[name] = (told.byType[name] ?? 0) + 1
      told.events += 1
    }
    since = body['next']
  }
  return told
}
