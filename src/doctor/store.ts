/** The data folder: whether it can be written, and what a quick look at the log finds. `doctor --store` looks at all of it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { SeicheConfig } from '../config/index.ts'
import { examineStore } from '../store/examine.ts'
import { FILE } from '../store/schema.ts'
import { type Finding, fail, ok } from './finding.ts'

export function lookAtStore({ store, chain }: SeicheConfig): Finding[] {
  const writable = lookAtFolder(store.path)
  if (writable.state === 'fail') return [writable]
  if (!existsSync(join(store.path, FILE))) return [writable, ok('log', 'none yet: it is made at the first start')]
  return [writable, ...examineStore(store.path, { chainId: chain.id, quick: true }).findings]
}

/** The folder, or where it would be made. */
function lookAtFolder(path: string): Finding {
  let folder = resolve(path)
  while (!existsSync(folder)) folder = dirname(folder)
  try {
    rmSync(mkdtempSync(join(folder, '.seiche-doctor-')), { recursive: true })
    return folder === resolve(path)
      ? ok('folder', `${path} can be written`)
      : ok('folder', `${path} is made at the first start`)
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    const mend = 'another folder with --data DIR or store.path, or let the user of Seiche write it: chown'
    return code === 'ENOTDIR'
      ? fail('folder', `${path} is no folder`, mend)
      : fail('folder', `${path} cannot be written (${code})`, mend)
  }
}
