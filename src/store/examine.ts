/** The store looked over for an operator: what is well, what is not, and what mends it. Reads only; indexing may go on. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { disagreements } from './agreement.ts'
import { damage } from './backup.ts'
import { type DigestRange, type LogDigest, logDigest } from './digest.ts'
import { StoreError, storeError } from './errors.ts'
import { openReader } from './reader.ts'
import { freeBytes } from './room.ts'
import { FILE, requireKnown, VERSION } from './schema.ts'
import type { LogReader } from './types.ts'

/** What one look found. */
export interface Finding {
  /** What was looked at. */
  check: string
  /** `warn`: not as it could be, but everything served is right. `fail`: it is not. */
  state: 'ok' | 'warn' | 'fail'
  text: string
  /** What mends it, a command where there is one. */
  fix?: string
}

export interface Examination {
  findings: Finding[]
  /** Equal for logs that say the same of these heights; missing where the log could not be read. */
  digest?: LogDigest
}

export interface ExamineOptions extends DigestRange {
  /** The chain it must be of. Default: any. */
  chainId?: string | undefined
  /** Looks only at what takes no time, however large the log. Default: at all of it. */
  quick?: boolean
}

/** While another process opens or closes the log, ms. */
const TIMEOUT = 2_000
/** Below this there is soon no room to index, bytes. */
const FEW_BYTES = 2 ** 30
/** Of more disagreements these are told. */
const SHOWN = 10

/** Looks over the log in the data folder `path`. Never throws for what is wrong with the store: that is a finding. */
export function examineStore(path: string, { chainId, quick = false, ...range }: ExamineOptions = {}): Examination {
  const findings: Finding[] = []
  const look = (check: string, work: () => Omit<Finding, 'check'>): boolean => {
    const finding = { check, ...attempt(path, work) }
    findings.push(finding)
    return finding.state === 'ok'
  }
  if (!existsSync(join(path, FILE))) {
    look('file', () => fail(`there is no store in ${path}`, 'name the data folder: --data DIR'))
    return { findings }
  }
  let digest: LogDigest | undefined
  look('disk', () => freeDisk(path))
  const readable =
    look('version', () => opened(path, version)) && (quick || look('structure', () => opened(path, structure(path))))
  if (!readable) return { findings }
  if (!quick) look('agreement', () => opened(path, agreement(path)))
  look('history', () => opened(path, history))
  look('log', () => {
    const reader = openReader(path)
    try {
      look('chain', () => chain(reader, chainId))
      look('checkpoint', () => checkpoint(reader))
      look('gaps', () => gaps(reader))
      look('quarantine', () => quarantine(path, reader))
      for (const finding of projections(reader)) look('projection', () => finding)
      if (quick) return ok('readable; all of it is looked over by: seiche doctor --store')
      digest = logDigest(reader, range)
      const cut = reader.cut()
      const deleted = cut.height ? `, of which ${cut.events} up to height ${cut.height} were deleted` : ''
      return ok(`${digest.events} events ${range.from ?? 1}…${digest.height}${deleted}: digest ${digest.digest}`)
    } finally {
      reader.close()
    }
  })
  return { findings, ...(digest ? { digest } : {}) }
}

type Found = Omit<Finding, 'check'>

const ok = (text: string): Found => ({ state: 'ok', text })
const warn = (text: string, fix: string): Found => ({ state: 'warn', text, fix })
const fail = (text: string, fix: string): Found => ({ state: 'fail', text, fix })

/** What mends a log that is damaged. */
const restored = (path: string): string => `seiche restore --data ${path} --reset --from FILE`

function attempt(path: string, work: () => Found): Found {
  try {
    return work()
  } catch (thrown) {
    const error = storeError(thrown)
    if (error instanceof StoreError && error.code !== 'E_STORE_CORRUPT')
      return fail(`${error.code}: ${error.message}`, 'do what the message says, then look again')
    return fail(`it cannot be read: ${error instanceof Error ? error.message : error}`, restored(path))
  }
}

function opened(path: string, work: (database: DatabaseSync) => Found): Found {
  const database = new DatabaseSync(join(path, FILE), { readOnly: true, timeout: TIMEOUT })
  try {
    return work(database)
  } finally {
    database.close()
  }
}

function freeDisk(path: string): Found {
  const free = freeBytes(path)
  const text = `${(free / 2 ** 30).toFixed(1)} GiB free`
  return free < FEW_BYTES ? warn(text, 'make room on the disk of the data folder') : ok(text)
}

function version(database: DatabaseSync): Found {
  const found = requireKnown(database)
  if (found === VERSION) return ok(`version ${found}`)
  return warn(`version ${found} of ${VERSION}: it is brought up to date at the next start`, 'seiche start')
}

const structure =
  (path: string) =>
  (database: DatabaseSync): Found => {
    const [first, ...others] = damage(database)
    if (first === undefined) return ok('SQLite finds the file whole')
    return fail(`the file is damaged: ${first}${others.length ? `, and ${others.length} more` : ''}`, restored(path))
  }

const agreement =
  (path: string) =>
  (database: DatabaseSync): Found => {
    const told: string[] = []
    for (const each of disagreements(database)) if (told.push(each) > SHOWN) break
    if (!told.length) return ok('texts, columns, routes and coverage of all events agree')
    const more = told.length > SHOWN ? '; and more' : ''
    return fail(`${told.slice(0, SHOWN).join('; ')}${more}`, restored(path))
  }

function history(database: DatabaseSync): Found {
  const addresses = database.prepare('SELECT address FROM history WHERE NOT complete ORDER BY address').all()
  if (!addresses.length) return ok('of every contract complete')
  const text = `not complete, its events held: ${addresses.map(({ address }) => address).join(', ')}`
  return warn(text, 'it is fetched in the background while Seiche runs: seiche start')
}

function chain(reader: LogReader, configured: string | undefined): Found {
  const { chainId } = reader.identity()
  if (chainId !== null && configured !== undefined && chainId !== configured)
    return fail(`the log is of ${chainId}, but ${configured} is configured`, `--chain-id ${chainId}, or another --data`)
  return chainId === null ? warn('of no chain yet', 'seiche start') : ok(chainId)
}

function checkpoint(reader: LogReader): Found {
  const { height, hash, time } = reader.checkpoint()
  if (height === 0) return warn('nothing was indexed yet', 'seiche start')
  return ok(`height ${height}, block ${hash || 'without a hash'} of ${time ?? 'an unknown time'}`)
}

function gaps(reader: LogReader): Found {
  const [first, ...others] = reader.gaps()
  if (!first) return ok('none')
  const text = `${first.from}…${first.to}: ${first.reason}${others.length ? `, and ${others.length} more` : ''}`
  return warn(`left out: ${text}`, 'index anew from a node that has these heights: seiche start --reset --rpc URL')
}

function quarantine(path: string, reader: LogReader): Found {
  const count = reader.quarantined()
  if (!count) return ok('none')
  return warn(
    `${count} transactions could not be decoded`,
    `seiche requeue --data ${path}, after an update of Seiche or of the app`,
  )
}

function projections(reader: LogReader): Found[] {
  return reader.projections().map(({ name, version, state, height, reason }) => {
    const text = `${name} version ${version}, ${state} at height ${height}`
    if (state === 'suspended') return warn(`${text}: ${reason}`, 'mend it, raise its version, and start again')
    return state === 'rebuilding' ? warn(text, 'it goes on by itself while Seiche runs: seiche start') : ok(text)
  })
}
