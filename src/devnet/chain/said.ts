/** What the executor says it did, before any encoding: the measure for an indexer that read the same chain. */
import type { TxResult } from '../app/types.ts'
import { sha256 } from './merkle.ts'

/** Contract events of successful transactions up to a height, and a digest over them in order. */
export interface Said {
  height: number
  events: number
  digest: string
  /** By event type without `wasm-`. */
  byType: Record<string, number>
}

export const NOTHING_SAID: Said = { height: 0, events: 0, digest: '', byType: {} }

/** `said` and what the block at `height` adds to it. */
export function sayMore(said: Said, height: number, results: readonly TxResult[]): Said {
  let { events, digest } = said
  const byType = { ...said.byType }
  results.forEach(({ code, events: emitted = [] }, txIndex) => {
    if (code !== 0) return
    emitted.forEach(({ type, attributes }, eventIndex) => {
      if (!type.startsWith('wasm-')) return
      const name = type.slice('wasm-'.length)
      const address = attributes.find(([key]) => key === '_contract_address')?.[1]
      const own = attributes.filter(([key]) => key !== '_contract_address' && key !== 'msg_index')
      digest = sha256(digest + JSON.stringify([height, txIndex, eventIndex, address, name, own])).toString('hex')
      byType[name] = (byType[name] ?? 0) + 1
      events++
    })
  })
  return { height, events, digest, byType }
}
