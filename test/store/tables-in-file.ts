import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { FILE } from '../../src/store/schema.ts'
import type { LogWriter } from '../../src/store/types.ts'

/** Every row of every table of a projection that is in the file, shadows and the memory of joins included. */
export function projectedTables(path: string): Record<string, unknown[]> {
  const file = new DatabaseSync(join(path, FILE), { readOnly: true })
  const tables = file
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '*.*' ORDER BY name`)
    .all()
  const rows = tables.map(({ name }) => [name, file.prepare(`SELECT * FROM "${name}"`).all()] as const)
  file.close()
  return Object.fromEntries(rows)
}

/** Rebuilds all there is to rebuild. */
export function rebuiltWhole(writer: LogWriter): void {
  while (writer.replay() !== 'nothing');
}
