/** Room on the disk: indexing stops before there is none, so that SQLite, backups and the host still have some. */
import { statfsSync } from 'node:fs'
import { StoreError } from './errors.ts'

/** What this process may still write on the disk of the folder `path`, bytes. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}

/** @throws StoreError `E_DISK_FULL` when fewer than `least` bytes are free on the disk of the folder `path` */
export function requireRoom(path: string, least: number): void {
  const free = freeBytes(path)
  if (free >= least) return
  throw new StoreError(
    'E_DISK_FULL',
    `${mebibytes(free)} MiB are free on the disk of the data folder, less than ${mebibytes(least)} (store.minFreeBytes): make room; indexing goes on by itself, nothing is lost`,
  )
}

const mebibytes = (bytes: number): number => Math.floor(bytes / 2 ** 20)
