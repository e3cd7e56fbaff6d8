/** Finding transactions: `tx_search`, by looking through the results of the heights that can hold them. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Dialect } from '../../chain/decode/types.ts'
import { sha256 } from '../chain/merkle.ts'
import type { ChainNode, Params } from './chain-node.ts'
import { addEvents, type EventJson } from './event-map.ts'
import { type Condition, matches, parseQuery, QueryError } from './query.ts'
import { RpcError, type Via } from './rpc.ts'
import type { NodeBlock } from './source.ts'
import { integer, unquote } from './values.ts'

/** A transaction's result, as far as searches look into it. */
export interface TxResultJson {
  events?: EventJson[]
}

/** Sei counts and pages no further. */
const SEI_LIMIT = 10_000
const MAX_QUERY = 512
const DEFAULT_PAGE = 30
const LARGEST_PAGE = 100
/** Heights that are looked through before others have their turn. */
const HEIGHTS_A_TURN = 200

/** The answer to `tx_search`. */
export async function searchTxs(node: ChainNode, params: Params, via: Via): Promise<object> {
  const { dialect } = node.source
  const conditions = readQuery(unquote(params.query))
  const order = unquote(params.order_by) || (dialect === 'plain' ? 'asc' : 'desc')
  if (order !== 'asc' && order !== 'desc') throw internal(`expected order_by to be either \`asc\` or \`desc\` or empty`)
  const found = node.autobahn ? [] : await find(node, conditions)
  if (order === 'desc') found.reverse()
  if (dialect !== 'plain') found.length = Math.min(found.length, SEI_LIMIT)

  const perPage = Math.min(Math.max(integer(node, params.per_page, via, DEFAULT_PAGE), 1), LARGEST_PAGE)
  const pages = Math.max(Math.ceil(found.length / perPage), 1)
  const page = integer(node, params.page, via, 1)
  if (page < 1 || page > pages) throw node.server.noSuchPage(page, pages)
  const shown = found.slice((page - 1) * perPage, page * perPage)
  const txs = shown.map(({ height, index }) => txAt(node.source.at(height) as NodeBlock, index))
  return { txs, total_count: `${found.length}` }
}

/** The answer to `tx`, and an entry of `tx_search`. */
export function txAt(block: NodeBlock, index: number): object {
  const tx = block.txs[index] as string
  return { hash: hashOf(tx), height: `${block.height}`, index, tx_result: resultOf(block, index), tx }
}

/** One transaction's result as in `block_results`. */
export function resultOf({ results }: NodeBlock, index: number): TxResultJson | undefined {
  return JSON.parse(results.toString()).txs_results?.[index]
}

/** What a transaction is found by: its events, its hash and its height. */
export function eventsOfTx(
  dialect: Dialect,
  height: number,
  tx: string,
  { events = [] }: TxResultJson,
): Map<string, string[]> {
  const map = new Map([
    ['tm.event', ['Tx']],
    ['tx.hash', [hashOf(tx)]],
    ['tx.height', [`${height}`]],
  ])
  return addEvents(map, events, dialect)
}

function readQuery(text: string): Condition[] {
  if (text.length > MAX_QUERY) throw internal('maximum query length exceeded')
  try {
    return parseQuery(text)
  } catch (error) {
    if (error instanceof QueryError) throw internal(error.message)
    throw error
  }
}

type Place = { height: number; index: number }

async function find(node: ChainNode, conditions: Condition[]): Promise<Place[]> {
  const { source } = node
  const hash = conditions.find(({ key, op }) => key === 'tx.hash' && op === '=')
  const [known] = hash ? [source.findTx(hash.value.toUpperCase())] : []
  if (hash && !known) return []
  const { from, to } = known ? { from: known.height, to: known.height } : heightsOf(node, conditions)
  const needles = needlesOf(conditions)
  const found: Place[] = []
  for (let height = from; height <= to; height++) {
    if (height % HEIGHTS_A_TURN === 0) await nextTurn()
    if (source.txCount(height) === 0) continue
    const block = source.at(height) as NodeBlock
    const { results } = block
    if (!needles.every((needle) => results.includes(needle))) continue
    const all: TxResultJson[] = JSON.parse(results.toString()).txs_results ?? []
    all.forEach((result, index) => {
      if (matches(conditions, eventsOfTx(source.dialect, height, block.txs[index] as string, result)))
        found.push({ height, index })
    })
  }
  return found
}

/** The heights that conditions on `tx.height` leave. */
function heightsOf(node: ChainNode, conditions: readonly Condition[]): { from: number; to: number } {
  let [from, to] = [node.lowest, Math.min(node.head, node.source.withResults)]
  for (const { key, op, value } of conditions) {
    if (key !== 'tx.height') continue
    const height = Number(value)
    if (op === '=' || op === '>=' || op === '>') from = Math.max(from, op === '>' ? height + 1 : height)
    if (op === '=' || op === '<=' || op === '<') to = Math.min(to, op === '<' ? height - 1 : height)
  }
  return { from, to }
}

/** Bytes that stand in every answer with a hit: event types, which no dialect encodes. */
function needlesOf(conditions: readonly Condition[]): string[] {
  return conditions
    .filter(({ key }) => !key.startsWith('tx.') && !key.startsWith('tm.'))
    .map(({ key }) => `"type":"${key.slice(0, key.lastIndexOf('.'))}"`)
}

function hashOf(tx: string): string {
  return sha256(Buffer.from(tx, 'base64')).toString('hex').toUpperCase()
}

function internal(data: string): RpcError {
  return new RpcError(-32603, 'Internal error', data)
}
