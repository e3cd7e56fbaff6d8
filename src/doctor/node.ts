/** One node: whether it is there, of which chain, how far, how far back, and whether it keeps what an indexer needs. */

import { RpcError, SourceError } from '../chain/read/errors.ts'
import { fetchAndScan, RANGE_LIMIT } from '../chain/read/fetch-range.ts'
import { askFacts, type NodeFacts } from '../chain/read/node-status.ts'
import { opensWebSocket } from '../chain/read/notices.ts'
import { Rpc } from '../chain/read/rpc.ts'
import { creationHeightOf } from '../chain/read/start-height.ts'
import { openTransport } from '../chain/read/transport.ts'
import type { SeicheConfig } from '../config/index.ts'
import { maskUrl } from '../telemetry/mask.ts'
import { type Finding, fail, ok, PATIENCE, warn } from './finding.ts'

type Endpoint = SeicheConfig['chain']['endpoints'][number]

export interface Node {
  /** Scheme and host. */
  name: string
  endpoint: Endpoint
  /** Why it did not answer; undefined when it did. */
  unreachable?: string
  facts?: NodeFacts
}

/** What the nodes are held to. */
export interface Expected {
  /** Configured, or of the log, or what the first node says. */
  chainId: string | undefined
  /** The first height that is to be read; undefined where a node is to say. */
  from: number | undefined
  /** The newest height of all nodes. */
  head: number
}

/** Blocks behind the newest node, and age of its newest block, beyond which a node lags, blocks and ms. */
const [FAR_BEHIND, OLD] = [64, 300_000]
/** A clock that differs by more than this from that of the chain's validators is wrong, ms. */
const SKEW = 10_000

/** Asks a node who it is. Never throws. */
export async function reach(endpoint: Endpoint): Promise<Node> {
  const name = maskUrl(endpoint.url)
  return await withRpc(endpoint, async (rpc, signal) => {
    try {
      return { name, endpoint, facts: await askFacts(rpc, signal) }
    } catch (error) {
      return { name, endpoint, unreachable: error instanceof Error ? error.message : String(error) }
    }
  })
}

export async function lookAtNode({ endpoint, facts, unreachable }: Node, expected: Expected): Promise<Finding[]> {
  if (!facts) return [fail('answers', `no: ${unreachable}`, 'start it, or correct its URL: --rpc, chain.endpoints')]
  const found = [ok('answers', `${facts.moniker || 'without a name'}, version ${facts.version || 'unknown'}`)]
  if (expected.chainId !== undefined && facts.chainId !== expected.chainId)
    return [
      ...found,
      fail('chain', `it serves ${facts.chainId}, not ${expected.chainId}`, 'remove it, or correct --chain-id'),
    ]
  found.push(ok('chain', facts.chainId), height(facts, expected), clock(facts), history(facts, expected))
  const [kept, opens] = await Promise.all([results(endpoint, facts), opensWebSocket(endpoint, PATIENCE)])
  found.push(kept)
  found.push(
    facts.indexesTxs === false
      ? warn(
          'transactions',
          'it does not index them: a hash of a transaction without events is not found',
          'indexer = "kv" in the node’s config.toml',
        )
      : ok('transactions', 'indexed'),
  )
  found.push(
    opens
      ? ok('notices', 'its WebSocket opens')
      : warn(
          'notices',
          'its WebSocket does not open: new blocks are found by asking, a little later',
          'let the proxy before it pass upgrades at /websocket',
        ),
  )
  return found
}

function height({ latest, time }: NodeFacts, { head }: Expected): Finding {
  const behind = head - latest
  const age = time === undefined ? 0 : Date.now() - time
  const mend = 'wait until it has caught up, or use another node'
  if (behind > FAR_BEHIND) return fail('height', `${latest}: it lags ${behind} blocks behind another node`, mend)
  if (age > OLD)
    return fail(
      'height',
      `${latest}: its newest block is ${Math.round(age / 60_000)} minutes old: it lags, or the chain stands still`,
      mend,
    )
  return ok('height', `${latest}`)
}

function clock({ time }: NodeFacts): Finding {
  const ahead = time === undefined ? 0 : time - Date.now()
  if (ahead <= SKEW) return ok('clock', 'not behind the chain’s')
  return warn(
    'clock',
    `the newest block is ${Math.round(ahead / 1_000)} s ahead of this machine`,
    'set this machine’s clock: timedatectl set-ntp true',
  )
}

function history({ earliest }: NodeFacts, { from }: Expected): Finding {
  if (from === undefined || earliest <= from) return ok('history', `from ${earliest} on`)
  const mend = `a node that keeps height ${from}, or --start-height ${earliest}; --accept-gap records the gap`
  return fail('history', `pruned: it begins at ${earliest}, but ${from} is to be read next`, mend)
}

/** Of the newest heights: one with transactions must have their results. */
async function results({ url, headers = {} }: Endpoint, { earliest, latest }: NodeFacts): Promise<Finding> {
  const to = Math.max(earliest, latest - 1)
  const from = Math.max(earliest, to - RANGE_LIMIT + 1)
  return await withRpc({ url, headers }, async (rpc, signal) => {
    try {
      const task = { url, headers, from, to, addresses: [], dialect: undefined, deadlineMs: PATIENCE }
      const { blocks, dialect } = await fetchAndScan(task, signal, rpc)
      const txs = blocks.reduce((sum, { txCount }) => sum + txCount, 0)
      return ok('results', `${txs} transactions in ${blocks.length} blocks, attributes ${dialect ?? 'not seen yet'}`)
    } catch (error) {
      if (error instanceof SourceError)
        return fail(
          'results',
          `it keeps none: ${error.message}`,
          'a node without Autobahn, and with discard_abci_responses = false',
        )
      if (error instanceof RpcError) return fail('results', error.message, 'another node, or mend this one')
      throw error
    }
  })
}

/** Whether each contract exists, asked of one node. */
export async function lookAtContracts({ contracts }: SeicheConfig, { endpoint }: Node): Promise<Finding[]> {
  return await withRpc(endpoint, async (rpc, signal) => {
    const findings: Finding[] = []
    for (const [name, { address }] of Object.entries(contracts)) {
      try {
        const { exists, height: created } = await creationHeightOf(address, rpc, signal)
        findings.push(
          exists
            ? ok(name, created === undefined ? address : `${address}, created at height ${created}`)
            : fail(
                name,
                `${address} is no contract of this chain`,
                `correct it: --contract ${name}=ADDRESS or contracts`,
              ),
        )
      } catch (error) {
        if (!(error instanceof RpcError)) throw error
        findings.push(
          warn(name, `the node does not tell whether ${address} exists: ${error.message}`, 'ask another node'),
        )
      }
    }
    return findings
  })
}

async function withRpc<T>(
  { url, headers }: Pick<Endpoint, 'url' | 'headers'>,
  work: (rpc: Rpc, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const rpc = new Rpc(openTransport({ url, headers, deadline: PATIENCE, connections: 1 }))
  try {
    return await work(rpc, AbortSignal.timeout(2 * PATIENCE))
  } finally {
    await rpc.close()
  }
}
