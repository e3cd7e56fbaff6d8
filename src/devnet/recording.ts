/** A recording folder: verbatim answers of a real node, one height a line. Its shape is described in docs/recordings.md. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { Dialect } from '../chain/decode/types.ts'
import { CodedError } from '../runtime/shared/errors.ts'
import type { AbciResponse, NodeBlock, NodeHeader } from './node/source.ts'

/** The folder does not hold what a recording needs; the message says what is wrong and what to do. Code `E_RECORDING`. */
export class RecordingError extends CodedError {
  constructor(message: string, options?: ErrorOptions) {
    super('E_RECORDING', message, options)
  }
}

/** One recorded height. */
export type RecordedHeight = NodeBlock

/** `deploy.json`: who was on the chain. Without the file all is empty. */
export interface Deploy {
  chain_id: string
  /** Watched contracts, name → address. */
  contracts: Record<string, string>
  /** Contracts that look alike and are not watched, name → address. */
  foreign: Record<string, string>
  users: string[]
  /** Contract name → code id. */
  codes: Record<string, number>
  /** Contract name (`foreign_<name>` for a foreign one) → height of its instantiation. */
  hashes: Record<string, { height?: number | undefined }>
}

export interface Recording {
  dir: string
  chainId: string
  /** `base64` for Sei, whose node also words its errors and GET answers differently. */
  dialect: Dialect
  /** Sei's Autobahn consensus: transactions without results, headers without hashes, a silent WebSocket. */
  autobahn: boolean
  /** First and last height, both there; no gap between. */
  from: number
  to: number
  /** Watched contracts, name → address; empty when there is no deploy.json. */
  contracts: Readonly<Record<string, string>>
  deploy: Deploy
  /** Recorded `abci_query` answers of ContractInfo: address → the `response` object. */
  contractInfo: ReadonlyMap<string, AbciResponse>
  heights: ReadonlyMap<number, RecordedHeight>
}

/** Which part of a folder to play; by default all of it, which must then be without a gap. */
export interface Part {
  from?: number | undefined
  to?: number | undefined
}

const Height = z.string().regex(/^\d+$/)

const BlockResult: z.ZodType<{
  block_id: { hash: string }
  block: { header: NodeHeader; data: { txs?: string[] | null | undefined } }
}> = z.looseObject({
  block_id: z.looseObject({ hash: z.string() }),
  block: z.looseObject({
    header: z.looseObject({
      chain_id: z.string(),
      height: Height,
      time: z.iso.datetime(),
      last_commit_hash: z.string(),
      app_hash: z.string(),
      proposer_address: z.string(),
    }),
    data: z.looseObject({ txs: z.array(z.string()).nullish() }),
  }),
})

const BlockResultsResult = z.looseObject({ height: Height, total_gas_used: z.string().optional() })

const DeployFile: z.ZodType<Deploy> = z.object({
  chain_id: z.string(),
  contracts: z.record(z.string(), z.string()).default({}),
  foreign: z.record(z.string(), z.string()).default({}),
  users: z.array(z.string()).default([]),
  codes: z.record(z.string(), z.number()).default({}),
  hashes: z.record(z.string(), z.object({ height: z.number().optional() })).default({}),
})

const ContractInfoLine = z.object({ address: z.string(), body: z.string() })
const AbciQueryResult = z.object({
  response: z.looseObject({ code: z.number(), codespace: z.string(), log: z.string(), value: z.string().nullable() }),
})

/**
 * Reads the recording in `dir`.
 * @throws RecordingError when the folder, a file or a height is missing, or a line is not the answer of a node.
 */
export function loadRecording(dir: string, part: Part = {}): Recording {
  const blocks = readAnswers(dir, 'block.ndjson', BlockResult, ({ block }) => block.header.height)
  const results = readAnswers(dir, 'block_results.ndjson', BlockResultsResult, ({ height }) => height)
  const { from, to } = choosePart(dir, [...blocks.keys()], part)

  const heights = new Map<number, RecordedHeight>()
  for (let height = from; height <= to; height++) {
    const [block, answer] = [blocks.get(height), results.get(height)]
    if (!block || !answer) throw new RecordingError(`${dir} has no block_results of height ${height}; ${PLAY_A_PART}`)
    const { block_id: blockId, block: content } = block.value
    const { header, data } = content
    heights.set(height, { height, block: block.bytes, results: answer.bytes, blockId, header, txs: data.txs ?? [] })
  }

  const { header } = heights.get(to) as RecordedHeight
  const deploy = readDeploy(dir, header.chain_id)
  return {
    dir,
    chainId: header.chain_id,
    // Only Sei's block_results have this field; event keys can't always tell, a recording may hold no event.
    dialect: results.get(to)?.value.total_gas_used === undefined ? 'plain' : 'base64',
    autobahn: header.last_commit_hash === '',
    from,
    to,
    contracts: deploy.contracts,
    deploy,
    contractInfo: readContractInfo(dir),
    heights,
  }
}

const PLAY_A_PART = 'record it again, or play a part without gaps (from, to)'

type Run = { from: number; to: number }

function choosePart(dir: string, recorded: number[], { from, to }: Part): Run {
  const runs = consecutiveRuns(recorded)
  const first = from ?? Math.min(...recorded)
  const last = to ?? (from === undefined ? Math.max(...recorded) : undefined)
  const run = runs.find(
    (candidate) => candidate.from <= first && first <= (last ?? first) && (last ?? first) <= candidate.to,
  )
  if (run) return { from: first, to: last ?? run.to }
  const parts = runs.map((each) => `${each.from}–${each.to}`).join(', ')
  throw new RecordingError(`${dir} holds the heights ${parts}, not all of ${first}–${last ?? '…'}; ${PLAY_A_PART}`)
}

function consecutiveRuns(heights: number[]): Run[] {
  const runs: Run[] = []
  for (const height of heights.toSorted((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run?.to === height - 1) run.to = height
    else runs.push({ from: height, to: height })
  }
  return runs
}

/** A parsed `result` and the verbatim bytes it was parsed from. */
type Answer<T> = { value: T; bytes: Buffer }

function readAnswers<T>(
  dir: string,
  file: string,
  schema: z.ZodType<T>,
  heightOf: (value: T) => string,
): Map<number, Answer<T>> {
  const answers = new Map<number, Answer<T>>()
  for (const { text, where } of readLines(dir, file)) {
    const result = resultOf(text, where)
    const value = parse(schema, result, where)
    const height = Number(heightOf(value))
    if (answers.has(height)) throw new RecordingError(`${where}: height ${height} stands there twice; keep one of them`)
    answers.set(height, { value, bytes: Buffer.from(result) })
  }
  if (answers.size === 0) throw new RecordingError(`${join(dir, file)} is empty: record at least one height`)
  return answers
}

/** How both chains open an envelope: POST answers carry the request's id, GET answers -1 (CometBFT) or no envelope (Sei). */
const ENVELOPE = /^\{"jsonrpc":"2\.0","id":(?:-?\d+|"[^"]*"),"result":/

function resultOf(text: string, where: string): string {
  if (!text.startsWith('{"jsonrpc"')) return text
  const [envelope] = ENVELOPE.exec(text) ?? []
  if (!envelope) throw new RecordingError(`${where}: no answer with a "result", but ${text.slice(0, 120)}`)
  return text.slice(envelope.length, -1)
}

function readDeploy(dir: string, chainId: string): Deploy {
  const text = read(dir, 'deploy.json', 'optional') ?? JSON.stringify({ chain_id: chainId })
  const where = join(dir, 'deploy.json')
  const deploy = parse(DeployFile, text, where)
  if (deploy.chain_id === chainId) return deploy
  throw new RecordingError(
    `${where} is of chain ${deploy.chain_id}, the blocks are of ${chainId}: they must belong together`,
  )
}

function readContractInfo(dir: string): Map<string, AbciResponse> {
  return new Map(
    readLines(dir, 'contract_info.ndjson', 'optional').map(({ text, where }) => {
      const { address, body } = parse(ContractInfoLine, text, where)
      return [address, parse(AbciQueryResult, resultOf(body, where), where).response]
    }),
  )
}

function readLines(dir: string, file: string, need?: 'optional'): { text: string; where: string }[] {
  return (read(dir, file, need) ?? '')
    .split('\n')
    .map((text, index) => ({ text, where: `${join(dir, file)} line ${index + 1}` }))
    .filter(({ text }) => text !== '')
}

function read(dir: string, file: string, need?: 'optional'): string | undefined {
  try {
    return readFileSync(join(dir, file), 'utf8')
  } catch (error) {
    if (need === 'optional' && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const message = `cannot read ${join(dir, file)}: give a folder with block.ndjson and block_results.ndjson`
    throw new RecordingError(message, { cause: error })
  }
}

function parse<T>(schema: z.ZodType<T>, text: string, where: string): T {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new RecordingError(`${where} is not JSON: was the file cut or edited?`, { cause: error })
  }
  const checked = schema.safeParse(json)
  if (checked.success) return checked.data
  throw new RecordingError(`${where} has an unexpected shape: ${z.prettifyError(checked.error)}`)
}
