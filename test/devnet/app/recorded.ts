/** Plays the transactions of a recording into an application: the same bytes, heights and times. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createApplication } from '../../../src/devnet/app/application.ts'
import type { AppEvent, Application, Executed, Genesis } from '../../../src/devnet/app/types.ts'
import { accountBytes } from '../../../src/events/accounts.ts'

/** A result as it was recorded, its attributes in plain text. */
export interface Recorded {
  code: number
  codespace: string
  log: string
  data: string
  events: AppEvent[] | undefined
}

export interface Height {
  height: number
  time: string
  txs: Buffer[]
  results: Recorded[]
  /** Events of the block itself. */
  events: AppEvent[]
}

export interface Recording {
  dialect: 'plain' | 'base64'
  users: string[]
  deploy: Deploy
  heights: Height[]
}

interface Deploy {
  chain_id: string
  users: string[]
  codes: Record<string, number>
  contracts: Record<string, string>
  foreign: Record<string, string>
}

interface RawEvent {
  type: string
  attributes?: { key?: string | null; value?: string | null }[] | null
}
interface RawResult {
  code?: number
  codespace?: string
  log?: string
  data?: string | null
  events?: RawEvent[]
}

export const RECORDINGS = join(import.meta.dirname, '../../recordings')

export function lines<Line>(...path: string[]): Line[] {
  const text = readFileSync(join(RECORDINGS, ...path), 'utf8').trim()
  return text.split('\n').map((line) => JSON.parse(line) as Line)
}

export function readRecording(name: 'wasmd2' | 'sei2'): Recording {
  const dialect = name === 'sei2' ? 'base64' : 'plain'
  const deploy = JSON.parse(readFileSync(join(RECORDINGS, name, 'deploy.json'), 'utf8')) as Deploy
  const blocks = lines<{ result: { block: { header: { height: string; time: string }; data: { txs?: string[] } } } }>(
    name,
    'block.ndjson',
  )
  const results = lines<{ result: { txs_results: RawResult[] | null; finalize_block_events?: RawEvent[] } }>(
    name,
    'block_results.ndjson',
  )
  const heights = blocks.map(({ result: { block } }, n) => ({
    height: Number(block.header.height),
    time: block.header.time,
    txs: (block.data.txs ?? []).map((tx) => Buffer.from(tx, 'base64')),
    results: (results[n]!.result.txs_results ?? []).map((result) => ({
      code: result.code ?? 0,
      codespace: result.codespace ?? '',
      log: result.log ?? '',
      data: result.data ?? '',
      events: result.events?.map((event) => plainEvent(event, dialect)),
    })),
    events: (results[n]!.result.finalize_block_events ?? []).map((event) => plainEvent(event, dialect)),
  }))
  return { dialect, users: deploy.users, deploy, heights }
}

/**
 * What the recorded chains began with, as far as their events and balances tell: the same for all users, but that
 * wasmd's first one had put a share at stake.
 */
export function genesisOf({ dialect, deploy, users }: Recording): Genesis {
  const plain = dialect === 'plain'
  const usei = (n: number) => (plain ? (n === 0 ? '999000000000000' : '1000000000000000') : `${10n ** 18n}`)
  return {
    chainId: deploy.chain_id,
    dialect,
    prefix: plain ? 'wasm' : 'sei',
    time: '2026-11-23T08:42:00Z',
    balances: Object.fromEntries(users.map((user, n) => [user, { usei: usei(n), uatom: '1000000000000' }])),
    codes: Object.fromEntries(Object.entries(deploy.codes).map(([kind, id]) => [id, kind])) as Genesis['codes'],
  }
}

/**
 * An application that stands where the recording begins: its first user has signed seven transactions, which were the
 * uploads of the code and are sends to himself here.
 */
export function applicationAt(recording: Recording): Application {
  const application = createApplication(genesisOf(recording))
  const [first] = recording.users
  for (let height = 1; height < recording.heights[0]!.height; height++) {
    const call = { sender: first!, messages: [{ to: first!, amount: '1usei' }] }
    const txs = height <= 7 ? [application.encode(call)] : []
    application.executeBlock({ height, time: '2026-11-23T08:42:00Z', txs })
  }
  return application
}

/** Executes one recorded height. */
export function play(application: Application, { height, time, txs }: Height): Executed {
  return application.executeBlock({ height, time, txs })
}

/** The recorded questions for contracts, one of them for what is none, and their answers. */
export function contractInfos(name: string) {
  return lines<{ request: string; body: string }>(name, 'contract_info.ndjson').map(({ request, body }) => {
    const { params } = JSON.parse(request) as { params: { data: string } }
    const { code, codespace, log, value } = (JSON.parse(body) as { result: { response: QueryResponse } }).result
      .response
    return { request: Buffer.from(params.data, 'hex'), recorded: { code, codespace, log, value } }
  })
}

interface QueryResponse {
  code: number
  codespace: string
  log: string
  value: string | null
}

/**
 * The recorded EVM transactions with their sender written where this chain looks for it: in the signature's `r`, since
 * the key can't be recovered here.
 */
export function withEvmSenders(recording: Recording, senders: Readonly<Record<number, number>>): Recording {
  const heights = recording.heights.map((height) => {
    const user = senders[height.height]
    return user === undefined
      ? height
      : { ...height, txs: height.txs.map((tx) => signedBy(tx, recording.users[user]!)) }
  })
  return { ...recording, heights }
}

function signedBy(tx: Buffer, user: string): Buffer {
  const copy = Buffer.from(tx)
  const r = copy.lastIndexOf(Buffer.of((11 << 3) | 2, 32))
  copy.set(accountBytes(user), r + 2)
  return copy
}

function plainEvent({ type, attributes }: RawEvent, dialect: Recording['dialect']): AppEvent {
  const text = (value: string | null | undefined) =>
    dialect === 'plain' ? (value ?? '') : Buffer.from(value ?? '', 'base64').toString()
  return { type, attributes: (attributes ?? []).map(({ key, value }) => [text(key), text(value)]) }
}
