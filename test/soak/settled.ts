/** What must hold when traffic has stopped and everything has settled. Each check answers what is wrong; nothing: []. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
import { kindOf } from '../../src/events/kind.ts'
import { FILE } from '../../src/store/schema.ts'
import type { LogReader } from '../../src/store/types.ts'
import type { Got, Wanted } from '../e2e/swarm.ts'
import type { Storm } from './storm.ts'

/** Tables of the log whose rows do not say when somebody looked. */
const LOG = ['event', 'event_account', 'coverage', 'held', 'gap', 'quarantine']
const KIND: Record<string, string> = { transfers: 'transfer', groups: 'group', pots: 'pot', vaults: 'vault' }

export const keyOf = ({ channel, address }: Wanted): string => `${channel} ${address ?? ''}`

/** The ids that the log holds for a subscription, in order. */
export function logged(reader: LogReader, { channel, address }: Wanted): string[] {
  const kind = KIND[channel]
  const filter = { ...(kind ? { kinds: [kind] } : {}), ...(address ? { account: address } : {}) }
  return reader
    .events({ order: 'asc', limit: 10_000_000, ...filter })
    .filter(({ type }) => !kind || kindOf(type) === kind)
    .map(({ id }) => id)
}

/** Each client got its part of the log, once, in order. */
export function wrongClients(got: readonly Got[], expected: ReadonlyMap<string, string[]>): string[] {
  return got.flatMap(({ ids, door, connections, ...wanted }) => {
    const should = expected.get(keyOf(wanted)) ?? []
    if (isDeepStrictEqual(ids, should)) return []
    const at = should.findIndex((id, n) => ids[n] !== id)
    const first = at < 0 ? should.length : at
    return [
      `a client over ${door} of "${keyOf(wanted)}", ${connections} connections, got ${ids.length} of ${should.length} events; ` +
        `the first difference, at ${first}: ${ids[first] ?? 'nothing'} instead of ${should[first] ?? 'nothing'}`,
    ]
  })
}

/** Whoever was let in by a storm was sent what followed its position, from the first on; it went before it had all. */
export function wrongStorms(storms: readonly Storm[], all: readonly string[]): string[] {
  return storms.flatMap(({ since, longest, wrong }) => {
    const from = all.indexOf(since) + 1 // 0-0-0 stands before everything
    const lost = isDeepStrictEqual(longest, all.slice(from, from + longest.length)) ? 0 : 1
    if (lost + wrong === 0) return []
    return [`${lost + wrong} clients of a storm, after ${since}, were not sent what follows in the log`]
  })
}

/** Two data folders hold the same log and the same projections. */
export function differentTables(soaked: string, clean: string): string[] {
  const [have, should] = [tablesIn(soaked), tablesIn(clean)]
  return [...new Set([...have.keys(), ...should.keys()])].flatMap((table) => {
    const [rows, others] = [have.get(table) ?? [], should.get(table) ?? []]
    if (isDeepStrictEqual(rows, others)) return []
    const at = Math.max(rows.length, others.length)
    const first = Array.from({ length: at }, (_, n) => n).find((n) => !isDeepStrictEqual(rows[n], others[n])) ?? at
    return [
      `table ${table}: ${rows.length} rows, a clean run has ${others.length}; the first difference, in row ${first}: ` +
        `${JSON.stringify(rows[first])} instead of ${JSON.stringify(others[first])}`,
    ]
  })
}

function tablesIn(data: string): Map<string, unknown[]> {
  const file = new DatabaseSync(join(data, FILE), { readOnly: true })
  const names = file.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all()
  const wanted = names.map(({ name }) => String(name)).filter((name) => name.includes('.') || LOG.includes(name))
  const tables = new Map(wanted.map((name) => [name, file.prepare(`SELECT * FROM "${name}"`).all()]))
  file.close()
  return tables
}
