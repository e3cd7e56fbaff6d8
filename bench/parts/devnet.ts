/** A devnet in a process of its own (`devnet-node.ts`), and what it says of itself. */
import type { Dialect } from '../../src/chain/decode/types.ts'
import { next, type Part, part } from './measured.ts'

/** The blocks up to a height, and the events that are in them. */
export interface Stretch {
  height: number
  events: number
}

export interface Made {
  url: string
  /** `name=address`, one per contract, as `--contract` takes them. */
  contracts: string[]
  /** What was made in advance. */
  stretches: Stretch[]
}

/** Starts one with blocks up to each of `heights` made in advance; it shows its first block until `show`. */
export const devnet = (dialect: Dialect, eventsPerBlock: number, heights: number[] = []): Part =>
  part(new URL('./devnet-node.ts', import.meta.url), [dialect, `${eventsPerBlock}`, ...heights.map(String)])

/** Resolves when its blocks are made. The generated node (`rpc-server.ts`) answers and obeys alike. */
export const made = async (node: Part): Promise<Made> =>
  await node.message(({ url, contracts, stretches }) =>
    typeof url === 'string' && typeof contracts === 'string' && Array.isArray(stretches)
      ? { url, contracts: contracts.split(','), stretches }
      : undefined,
  )

/** Lets it show its blocks up to `height`. */
export function show(node: Part, height: number): void {
  node.process.send({ go: height })
}

/** A block, and when its results could be had (the monotonic clock, ms). */
export interface Advanced extends Stretch {
  at: number
}

/** Makes a block. */
export async function advance(node: Part): Promise<Advanced> {
  node.process.send({ advance: 1 })
  return await next(node, (message) =>
    typeof message['at'] === 'number' ? (message as unknown as Advanced) : undefined,
  )
}
