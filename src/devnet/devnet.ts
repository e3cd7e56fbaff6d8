/** A devnet: a chain of its own, with one validator and one node, whose blocks are made here. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Application, Genesis } from './app/types.ts'
import { Chain } from './chain/chain.ts'
import type { Said } from './chain/said.ts'
import type { Faults } from './faults.ts'
import { aboutChain } from './node/admin.ts'
import { listen, type ServeOptions } from './node/serve.ts'

export interface DevnetOptions extends ServeOptions {
  /** Where the chain is kept: a block is there before it is served. Made when it is not there. */
  folder: string
  /** What a new folder begins with; one that is there goes on with its own, which must be of the same chain id and dialect. */
  genesis: Genesis
  /** Milliseconds between blocks; 0: only by {@link Devnet.advance}. */
  blockTime: number
  /** Makes the transactions of the next block, besides those that were broadcast. */
  traffic?: ((height: number, app: Application) => readonly Uint8Array[]) | undefined
  /**
   * `chain`: a block's time is the genesis time and so many block times (of a second, if there is none) as its height,
   * so that the same genesis and traffic give the same chain to the byte; `wall` (default): the clock.
   */
  clock?: 'chain' | 'wall' | undefined
}

export interface Devnet {
  /** E.g. `http://127.0.0.1:26657`; the WebSocket is at `/websocket`. */
  url: string
  port: number
  app: Application
  /** The height that `status` shows now. */
  head(): number
  /** Requests answered so far, by method. */
  requests(): ReadonlyMap<string, number>
  /** Makes so many blocks (default 1); resolves when they are served. */
  advance(blocks?: number): Promise<void>
  /** Replaces all faults, with a fresh seed and fresh counts. */
  setFaults(faults: Faults): void
  /** What the chain did, told by the executor itself, before any encoding: for tests that compare an indexer with it. */
  said(): Said
  /** Ends all connections and leaves a snapshot, so that the next start is quick. */
  close(): Promise<void>
}

/**
 * Starts a devnet, with one block at least; resolves when it listens.
 * @throws DevnetFolderError (`E_DEVNET_FOLDER`) for a folder that holds something else; the system's error (`EADDRINUSE`) for a taken port
 */
export async function startDevnet(options: DevnetOptions): Promise<Devnet> {
  const served = await listen(options)
  const chain = await openChain(options, served.announce).catch(async (error) => {
    await served.close()
    throw error
  })
  const node = served.open(chain, { said: () => chain.said(), about: () => aboutChain(chain.app) })
  const ended = new AbortController()
  const made = options.blockTime > 0 ? makeByTheClock(chain, options.blockTime, ended.signal) : Promise.resolve()
  return {
    url: served.url,
    port: served.port,
    app: chain.app,
    head: () => node.head,
    requests: () => node.requests,
    advance: (blocks = 1) => chain.make(blocks),
    setFaults: served.setFaults,
    said: () => chain.said(),
    async close() {
      if (ended.signal.aborted) return
      ended.abort()
      await made
      await served.close()
      await chain.close()
    },
  }
}

/** A node has a first block before anybody can ask for one. */
async function openChain(options: DevnetOptions, onBlock: (height: number) => void): Promise<Chain> {
  const chain = new Chain(options, onBlock)
  if (chain.head === 0) await chain.make(1)
  return chain
}

/** At most so far behind its clock a chain catches up; the rest is skipped, e.g. the night in which a laptop slept. */
const CATCH_UP_MS = 1000

/** Makes a block each `blockTime`, several at once where one took longer. */
async function makeByTheClock(chain: Chain, blockTime: number, ended: AbortSignal): Promise<void> {
  let due = performance.now() + blockTime
  while (!ended.aborted) {
    await sleep(Math.max(0, due - performance.now()), undefined, { signal: ended }).catch(() => {})
    if (ended.aborted) return
    due = Math.max(due, performance.now() - CATCH_UP_MS)
    const blocks = 1 + Math.floor(Math.max(0, performance.now() - due) / blockTime)
    due += blocks * blockTime
    await chain.make(blocks)
  }
}
