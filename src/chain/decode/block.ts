/** Reads what we need of a `block` answer: who it is, whom it follows, its transactions' hashes. Never its signatures. */
import { hash } from 'node:crypto'
import { listOf } from './attributes.ts'

/** The identity of a block as its own answer gives it. */
export interface BlockFacts {
  chainId: string
  height: number
  /** Upper-case hex; empty on a chain without block hashes (Sei Autobahn). */
  hash: string
  parentHash: string
  /** Verbatim RFC 3339. */
  time: string
  txCount: number
  /**
   * Upper-case hex SHA-256 of the bytes of transaction `index` (CometBFT spec, `types/tx.go`: `Tx.Hash`).
   * @throws SyntaxError when they are no base64
   */
  txHash(index: number): string
}

interface BlockAnswer {
  block_id?: { hash?: unknown }
  block?: {
    header?: { chain_id?: unknown; height?: unknown; time?: unknown; last_block_id?: { hash?: unknown } | null }
    data?: { txs?: unknown[] | null } | null
  } | null
}

/**
 * Reads one answer, envelope or bare result; `undefined` when the node says that it has no such block any more (`block: null`).
 * @throws SyntaxError when it is no JSON of that shape.
 */
export function readBlock(body: Buffer): BlockFacts | undefined {
  return fastRead(body) ?? parsedRead(body)
}

const TXS = '"data":{"txs":['

/** The head is parsed up to the transactions, and the transactions are cut at their quotes: base64 holds none. */
function fastRead(body: Buffer): BlockFacts | undefined {
  const at = body.indexOf(TXS)
  if (at < 0) return undefined
  const head = body.toString('utf8', 0, at)
  const open = head.indexOf('"block_id":')
  if (open < 0) return undefined
  const facts = factsOf(tryParse(`{${head.slice(open)}"data":null}}`))
  const end = body.indexOf(0x5d, at + TXS.length)
  if (!facts || end < 0) return undefined
  const quotes: number[] = []
  for (
    let quote = body.indexOf(0x22, at + TXS.length);
    quote >= 0 && quote < end;
    quote = body.indexOf(0x22, quote + 1)
  )
    quotes.push(quote)
  if (quotes.length % 2) return undefined
  return {
    ...facts,
    txCount: quotes.length / 2,
    txHash: (index) => hashOf(body.toString('latin1', (quotes[2 * index] ?? Number.NaN) + 1, quotes[2 * index + 1])),
  }
}

function parsedRead(body: Buffer): BlockFacts | undefined {
  const parsed = JSON.parse(body.toString()) as ({ result?: BlockAnswer } & BlockAnswer) | null
  const answer = parsed?.result ?? parsed ?? {}
  if (answer.block === null || answer.block === undefined) {
    if ('block' in answer) return undefined
    throw new SyntaxError('the answer holds no block')
  }
  const facts = factsOf(answer)
  if (!facts) throw new SyntaxError('the block has no header that can be read')
  const txs = listOf(answer.block.data?.txs)
  return { ...facts, txCount: txs.length, txHash: (index) => hashOf(String(txs[index])) }
}

function factsOf(answer: BlockAnswer | undefined): Omit<BlockFacts, 'txCount' | 'txHash'> | undefined {
  const header = answer?.block?.header
  if (!header) return undefined
  const { chain_id: chainId, height, time } = header
  if (
    typeof chainId !== 'string' ||
    typeof time !== 'string' ||
    typeof height !== 'string' ||
    !/^\d{1,15}$/.test(height)
  )
    return undefined
  return {
    chainId,
    height: Number(height),
    time,
    hash: text(answer.block_id?.hash),
    parentHash: text(header.last_block_id?.hash),
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.toUpperCase() : ''
}

function tryParse(json: string): BlockAnswer | undefined {
  try {
    return JSON.parse(json) as BlockAnswer
  } catch {
    return undefined // another layout: the whole answer is parsed instead
  }
}

/** Strict: a byte that was damaged on the way must not become the hash of something else. */
function hashOf(base64: string): string {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('base64') !== base64) throw new SyntaxError('a transaction of the block is no base64')
  return hash('sha256', bytes, 'hex').toUpperCase()
}
