/** The one writer of the log: everything a range brings becomes durable in one transaction, or nothing of it. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { App } from '../events/app.ts'
import type { CommittedRange, DecodedRange } from '../events/types.ts'
import { backfillTable } from './backfill.ts'
import { coverageOf } from './coverage.ts'
import { StoreError, storeError } from './errors.ts'
import { eventInserter } from './event-rows.ts'
import { type LogRow, takeOver } from './fence.ts'
import { type Failures, withoutFailed } from './fold.ts'
import { makeFolder } from './folder.ts'
import { following } from './following.ts'
import type { Death } from './hangs.ts'
import { projectionStatus } from './projection-rows.ts'
import { createProjections } from './projections.ts'
import { quarantineTable } from './quarantine.ts'
import { cutOf, retention } from './retention.ts'
import { FILE, migrate } from './schema.ts'
import { tagsOf } from './tags.ts'
import type { Checkpoint, LogWriter, Retain } from './types.ts'

export interface WriterOptions {
  /** The data folder; made when it is not there. */
  path: string
  app: App
  contracts: readonly { name: string; address: string }[]
  /** The chain the log must be of. Default: the one it is of, else that of the first range. */
  chainId?: string | undefined
  /** Told what is folded into projections now: a height, and which of them; 0: none. Default: nobody. */
  progress?: (height: number, part: number) => void
  /** How earlier generations of the writing thread ended, so that a projection that holds it is suspended. Default: none. */
  deaths?: readonly Death[]
  /** What is kept of the log. Default: all. */
  retain?: Retain
}

/** While opening, another process may hold the lock for a moment, ms. While running nothing waits: the caller tries again. */
const OPEN_TIMEOUT = 2_000
/**
 * Pages kept in memory, KiB. What a commit of twenty busy blocks changes is all over the file (an account's rows stand where
 * its address does): with SQLite's own 2,000 it would be written and read again while the commit is made.
 */
const CACHE = 8_000
/** Between two commits a rebuild holds the thread for about so long, ms. */
const REPLAY = 25

/**
 * Opens the log for writing; every writer opened before is fenced off.
 * @throws StoreError `E_READ_ONLY` | `E_STORE_NEWER` | `E_STORE_CORRUPT` | `E_CHAIN_MISMATCH` | `E_BUSY`
 */
export function openWriter(options: WriterOptions): LogWriter {
  const database = openFile(options.path)
  try {
    migrate(database, join(options.path, FILE))
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY') // what a statement may have to undo needs no file
    database.exec(`PRAGMA cache_size = -${CACHE}`)
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

/** The writer over an open file that was migrated. */
export function writeTo(database: DatabaseSync, options: Omit<WriterOptions, 'path'>): LogWriter {
  const { app, contracts, chainId: configured, progress = () => undefined, deaths = [], retain = 'all' } = options
  const { generation, row, whole } = takeOver(database, configured)
  const advance = database.prepare(
    `UPDATE log SET chain_id = ?, height = ?, hash = ?, time = ?,
       first_height = coalesce(first_height, ?), first_hash = coalesce(first_hash, ?)`,
  )
  const grow = database.prepare('UPDATE log SET events = events + ?')
  const isLogged = database.prepare('SELECT 1 FROM event WHERE height = ? AND tx = ? AND n = ?')
  const coverage = coverageOf(database)
  const quarantine = quarantineTable(database)
  const name = database.prepare('INSERT OR REPLACE INTO contract VALUES (?, ?)')
  for (const contract of contracts) name.run(contract.name, contract.address)
  const backfill = whole(() => backfillTable(database, contracts, coverage))
  const projections = whole(() => createProjections(database, { app, generation, progress, deaths }))
  const status = projectionStatus(database)
  const insert = eventInserter(database, app.catalogue)
  const cut = cutOf(database)
  const deleteOldest = retention(database, retain)

  const requireChain = (range: DecodedRange, now: LogRow): void => {
    const expected = now.chain_id ?? configured ?? range.chainId
    if (expected !== range.chainId)
      throw new StoreError(
        'E_CHAIN_MISMATCH',
        `the store is of chain ${expected}, but these blocks are of ${range.chainId}`,
      )
  }

  /** Projections can be built anew only from the whole log. */
  const requireWhole = (): void => {
    const { height } = cut()
    if (height)
      throw new StoreError(
        'E_CUT',
        `the events up to height ${height} were deleted (store.retain): index anew with --reset to change what was before`,
      )
  }

  const fill = (range: DecodedRange, addresses: readonly string[], { height }: LogRow): null => {
    backfill.fill(range, addresses, height)
    for (const block of range.blocks) quarantine.add(block)
    return null
  }

  const write = (range: DecodedRange, now: LogRow, failures: Failures): CommittedRange | null => {
    const gap = range.gap && range.gap.to > now.height ? range.gap : undefined
    const blocks = following(gap ? { height: gap.to, hash: null } : now, range.blocks)
    const [first, last] = [blocks[0], blocks.at(-1)]
    if (!first || !last) return null
    if (gap) coverage.leaveOut({ ...gap, from: now.height > 0 ? now.height + 1 : gap.from })
    for (const block of blocks) quarantine.add(block)
    const inserted = blocks.map((block) => ({
      height: block.height,
      events: block.records.flatMap((record) => {
        if (!backfill.holds(record.contractAddress)) return insert(record, block, range.chainId)
        backfill.hold(record, block)
        return []
      }),
    }))
    projections.apply(inserted, failures)
    if (now.height === 0) backfill.begin(first.height)
    for (const { address } of contracts) coverage.cover(address, { from: first.height, to: last.height })
    advance.run(range.chainId, last.height, last.hash, last.time, first.height, first.hash)
    const events = inserted.flatMap((block) => block.events.map(({ committed }) => committed))
    if (events.length) grow.run(events.length)
    return { after: now.height, height: last.height, time: last.time, events, tags: tagsOf(events, app) }
  }

  return {
    checkpoint: (): Checkpoint => {
      const { height, hash, time } = row()
      return { height, hash, time }
    },
    chainId: () => row().chain_id ?? configured ?? null,
    commit: (range) =>
      withoutFailed((failures) =>
        whole((now) => {
          requireChain(range, now)
          return range.backfill ? fill(range, range.backfill.contracts, now) : write(range, now, failures)
        }),
      ),
    skip: (height, reason) =>
      whole((now) => {
        if (backfill.leaveOut(height, reason, now.height)) return
        if (now.height === 0 || now.height + 1 !== height)
          throw new StoreError(
            'E_NOT_NEXT',
            now.height === 0
              ? 'nothing was indexed yet: begin above the height with --start-height'
              : `only the next height can be skipped, and that is ${now.height + 1}`,
          )
        coverage.leaveOut({ from: height, to: height, reason })
        advance.run(now.chain_id, height, null, now.time, height, null)
      }),
    requeue: (decode) =>
      whole(({ chain_id: chainId }) => {
        requireWhole()
        let released = 0
        const waiting = quarantine.all()
        for (const transaction of waiting) {
          const { height, blockTime } = transaction
          database.exec('SAVEPOINT requeued') // whole, or not at all: what fails half-way leaves no event behind
          try {
            const records = decode(transaction)
            for (const record of records) {
              const block = { height, time: blockTime }
              if (backfill.holds(record.contractAddress)) backfill.hold(record, block)
              else if (!isLogged.get(height, record.txIndex, record.eventIndex)) {
                insert(record, block, String(chainId))
                grow.run(1)
              }
            }
            quarantine.remove(transaction)
            released += 1
          } catch (error) {
            if (!(error instanceof Error) || 'errcode' in error) throw error // the disk's fault, not the transaction's
            database.exec('ROLLBACK TO requeued')
            quarantine.keep(transaction, error.message)
          }
          database.exec('RELEASE requeued')
        }
        if (released) projections.rebuild()
        return { released, kept: waiting.length - released }
      }),
    projections: () => status(),
    rebuild: (names) =>
      whole(() => {
        requireWhole()
        projections.rebuild(names)
      }),
    replay: (milliseconds = REPLAY) => {
      if (!projections.pending()) return 'nothing'
      database.exec('PRAGMA synchronous = NORMAL') // what a crash takes of it is made again
      try {
        const { did, committed } = withoutFailed((failures) =>
          whole(() => projections.replay(performance.now() + milliseconds, failures)),
        )
        committed()
        return did
      } finally {
        database.exec('PRAGMA synchronous = FULL')
      }
    },
    missing: () => backfill.missing(row().height),
    release: (limit) => {
      if (!backfill.active || projections.pending()) return 'nothing'
      const released = whole(({ height, chain_id: chainId }) => {
        if (backfill.missing(height).length) return 'nothing'
        const held = backfill.take(limit)
        for (const { record, block } of held) insert(record, block, String(chainId))
        grow.run(held.length)
        if (held.length === limit) return 'some'
        projections.rebuild()
        return backfill.complete(height)
      })
      if (released !== 'nothing' && released !== 'some') backfill.refresh()
      return released
    },
    cut: () => {
      if (backfill.active || projections.pending() || (!cut().height && projections.suspended())) return false
      return whole(deleteOldest)
    },
    close: () => database.close(),
  }
}
