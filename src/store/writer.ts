/** The one writer of the log: everything a range brings becomes durable in one transaction, or nothing of it. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { App } from '../events/app.ts'
import { kindOf } from '../events/kind.ts'
import type { CommittedEvent, CommittedRange, DecodedBlock, DecodedRange, EventRecord, Gap } from '../events/types.ts'
import { encode } from './encode.ts'
import { StoreError, storeError } from './errors.ts'
import { makeFolder } from './folder.ts'
import { joinState } from './joins.ts'
import { quarantineTable } from './quarantine.ts'
import { FILE, migrate } from './schema.ts'
import { tagsOf } from './tags.ts'
import type { Checkpoint, LogWriter } from './types.ts'

export interface WriterOptions {
  /** The data folder; made when it is not there. */
  path: string
  app: App
  contracts: readonly { name: string; address: string }[]
  /** The chain the log must be of. Default: the one it is of, else that of the first range. */
  chainId?: string | undefined
}

/** How far a block was verified before it came here: 1 = it names its predecessor's hash. */
const LEVEL_LINKED = 1
/** While opening, another process may hold the lock for a moment, ms. While running nothing waits: the caller tries again. */
const OPEN_TIMEOUT = 2_000

interface LogRow {
  chain_id: string | null
  height: number
  hash: string | null
  time: string | null
  generation: number
}

/**
 * Opens the log for writing; every writer opened before is fenced off.
 * @throws StoreError `E_READ_ONLY` | `E_STORE_NEWER` | `E_STORE_CORRUPT` | `E_CHAIN_MISMATCH` | `E_BUSY`
 */
export function openWriter(options: WriterOptions): LogWriter {
  const database = openFile(options.path)
  try {
    migrate(database, join(options.path, FILE))
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    const writer = writeTo(database, options)
    database.exec('PRAGMA busy_timeout = 0')
    return writer
  } catch (error) {
    database.close()
    throw storeError(error)
  }
}

function openFile(path: string): DatabaseSync {
  makeFolder(path)
  try {
    return new DatabaseSync(join(path, FILE), { timeout: OPEN_TIMEOUT })
  } catch (error) {
    throw storeError(error)
  }
}

/** Fences off every writer before; a writer for another chain does not get so far. */
function takeGeneration(database: DatabaseSync, chainId: string | undefined): number {
  const take = 'UPDATE log SET generation = generation + 1 WHERE coalesce(chain_id = ?, TRUE) RETURNING generation'
  const taken = database.prepare(take).get(chainId ?? null)
  if (taken) return Number(taken['generation'])
  const stored = database.prepare('SELECT chain_id FROM log').get()?.['chain_id']
  throw new StoreError(
    'E_CHAIN_MISMATCH',
    `the store is of chain ${stored}, but ${chainId} is configured: choose another data folder (--data, store.path) or chain (--chain-id)`,
  )
}

/** The writer over an open file that was migrated. */
export function writeTo(
  database: DatabaseSync,
  { app, contracts, chainId: configured }: Omit<WriterOptions, 'path'>,
): LogWriter {
  const generation = takeGeneration(database, configured)
  const begin = database.prepare('BEGIN IMMEDIATE')
  const end = database.prepare('COMMIT')
  const rollback = database.prepare('ROLLBACK')
  const read = database.prepare('SELECT chain_id, height, hash, time, generation FROM log')
  const advance = database.prepare(
    `UPDATE log SET chain_id = ?, height = ?, hash = ?, time = ?,
       first_height = coalesce(first_height, ?), first_hash = coalesce(first_hash, ?)`,
  )
  const insertEvent = database.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const insertAccount = database.prepare('INSERT OR IGNORE INTO event_account VALUES (?, ?, ?, ?)')
  const extend = database.prepare('UPDATE coverage SET to_height = ? WHERE contract = ? AND to_height = ?')
  const cover = database.prepare('INSERT OR REPLACE INTO coverage VALUES (?, ?, ?)')
  const leaveOut = database.prepare('INSERT INTO gap VALUES (?, ?, ?, ?)')
  const quarantine = quarantineTable(database)
  const joins = joinState(database)
  const name = database.prepare('INSERT OR REPLACE INTO contract VALUES (?, ?)')
  for (const contract of contracts) name.run(contract.name, contract.address)
  const row = (): LogRow => read.get() as unknown as LogRow

  const insert = (
    record: EventRecord,
    block: Pick<DecodedBlock, 'height' | 'time'>,
    chainId: string,
  ): CommittedEvent => {
    const joined = app.catalogue.join(record, joins)
    const event = encode(record, joined, block, chainId)
    const { height, txIndex, eventIndex, type, contract, text, audience } = event
    insertEvent.run(
      ...[height, txIndex, eventIndex, kindOf(type), type, contract, record.contractAddress, record.txHash],
      ...[
        record.evmTxHash?.toLowerCase() ?? null,
        LEVEL_LINKED,
        text,
        joined.audience.length ? JSON.stringify(audience) : null,
      ],
    )
    for (const account of audience) insertAccount.run(account, height, txIndex, eventIndex)
    return event
  }

  /** All of `work` in one transaction, by the newest writer only, or nothing of it. */
  const whole = <T>(work: (now: LogRow) => T): T => {
    try {
      begin.run()
      const now = row()
      if (now.generation !== generation)
        throw new StoreError(
          'E_FENCED',
          'another writer has opened this store since: only one process may index into a data folder',
        )
      const done = work(now)
      end.run()
      return done
    } catch (error) {
      if (database.isTransaction) rollback.run()
      throw storeError(error)
    }
  }

  const recordGap = ({ from, to, reason }: Gap): void => {
    leaveOut.run(from, to, reason, new Date().toISOString())
  }

  const write = (range: DecodedRange, now: LogRow): CommittedRange | null => {
    const expected = now.chain_id ?? configured ?? range.chainId
    if (expected !== range.chainId)
      throw new StoreError(
        'E_CHAIN_MISMATCH',
        `the store is of chain ${expected}, but these blocks are of ${range.chainId}`,
      )
    const gap = range.gap && range.gap.to > now.height ? range.gap : undefined
    const blocks = following(gap ? { ...now, height: gap.to, hash: null } : now, range.blocks)
    const [first, last] = [blocks[0], blocks.at(-1)]
    if (!first || !last) return null
    if (gap) recordGap({ ...gap, from: now.height > 0 ? now.height + 1 : gap.from })
    for (const block of blocks) quarantine.add(block)
    const events = blocks.flatMap((block) => block.records.map((record) => insert(record, block, range.chainId)))
    for (const { address } of contracts)
      if (!extend.run(last.height, address, first.height - 1).changes) cover.run(address, first.height, last.height)
    advance.run(range.chainId, last.height, last.hash, last.time, first.height, first.hash)
    return { after: now.height, height: last.height, time: last.time, events, tags: tagsOf(events, app) }
  }

  return {
    checkpoint: (): Checkpoint => {
      const { height, hash, time } = row()
      return { height, hash, time }
    },
    chainId: () => row().chain_id ?? configured ?? null,
    commit: (range) => whole((now) => write(range, now)),
    skip: (height, reason) =>
      whole((now) => {
        if (now.height === 0 || now.height + 1 !== height)
          throw new StoreError(
            'E_NOT_NEXT',
            now.height === 0
              ? 'nothing was indexed yet: begin above the height with --start-height'
              : `only the next height can be skipped, and that is ${now.height + 1}`,
          )
        recordGap({ from: height, to: height, reason })
        advance.run(now.chain_id, height, null, now.time, height, null)
      }),
    requeue: (decode) =>
      whole(({ chain_id: chainId }) => {
        let released = 0
        const waiting = quarantine.all()
        for (const transaction of waiting) {
          const { height, blockTime } = transaction
          database.exec('SAVEPOINT requeued') // whole, or not at all: what fails half-way leaves no event behind
          try {
            const records = decode(transaction)
            for (const record of records) insert(record, { height, time: blockTime }, String(chainId))
            quarantine.remove(transaction)
            released += 1
          } catch (error) {
            if (!(error instanceof Error) || 'errcode' in error) throw error // the disk's fault, not the transaction's
            database.exec('ROLLBACK TO requeued')
            quarantine.keep(transaction, error.message)
          }
          database.exec('RELEASE requeued')
        }
        return { released, kept: waiting.length - released }
      }),
    close: () => database.close(),
  }
}

/**
 * The blocks beyond the checkpoint. Each follows the one before and names its hash, where the chain has hashes; the
 * block of the checkpoint itself, when it comes again, is the one we know.
 */
function following(checkpoint: LogRow, blocks: readonly DecodedBlock[]): DecodedBlock[] {
  let { height, hash } = checkpoint
  return blocks.filter((block) => {
    if (block.height < height) return false
    if (block.height === height) {
      requireHash(block.hash, hash, height)
      return false
    }
    if (height > 0 && block.height !== height + 1)
      throw new StoreError('E_GAP', `block ${block.height} does not follow ${height}: nothing was committed`)
    requireHash(block.parentHash, hash, height)
    ;({ height, hash } = block)
    return true
  })
}

function requireHash(named: string, known: string | null, height: number): void {
  if (named && known && named !== known)
    throw new StoreError(
      'E_CHAIN_MISMATCH',
      `block ${height} is ${known} in the store, but ${named} now: the chain was reset or the node lies`,
    )
}
