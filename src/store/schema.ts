/** The file's layout, and how an older file becomes a newer one: forward only, each step one transaction. */
import { renameSync, rmSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from './errors.ts'
import { toDisk } from './to-disk.ts'

/** Step n brings a file of version n to n + 1. Never changed once released. */
export const STEPS: readonly string[] = [
  `
  -- who the log is of, how far it has come, and which writer may write
  CREATE TABLE log (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    chain_id TEXT, first_height INTEGER, first_hash TEXT,
    height INTEGER NOT NULL, hash TEXT, time TEXT,
    generation INTEGER NOT NULL
  );
  INSERT INTO log (id, height, generation) VALUES (1, 0, 0);

  -- kind: the type's first word, which names its channel; audience: JSON, null when it equals the text's accounts;
  -- level: how far the block was verified (1: hash-linked)
  CREATE TABLE event (
    height INTEGER NOT NULL, tx INTEGER NOT NULL, n INTEGER NOT NULL,
    kind TEXT NOT NULL, type TEXT NOT NULL, contract TEXT NOT NULL, address TEXT NOT NULL,
    tx_hash TEXT, evm_hash TEXT, level INTEGER NOT NULL, text TEXT NOT NULL, audience TEXT,
    PRIMARY KEY (height, tx, n)
  ) WITHOUT ROWID;
  CREATE INDEX event_kind ON event (kind);
  CREATE INDEX event_address ON event (address);
  CREATE INDEX event_tx_hash ON event (tx_hash) WHERE tx_hash IS NOT NULL;
  CREATE INDEX event_evm_hash ON event (evm_hash) WHERE evm_hash IS NOT NULL;

  CREATE TABLE event_account (
    account TEXT NOT NULL, height INTEGER NOT NULL, tx INTEGER NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (account, height, tx, n)
  ) WITHOUT ROWID;

  -- the names contracts are configured under
  CREATE TABLE contract (name TEXT PRIMARY KEY, address TEXT NOT NULL) WITHOUT ROWID;

  -- what was indexed of each contract, inclusive
  CREATE TABLE coverage (contract TEXT NOT NULL, from_height INTEGER NOT NULL, to_height INTEGER NOT NULL, PRIMARY KEY (contract, from_height)) WITHOUT ROWID;

  -- the memory of joins
  CREATE TABLE join_entity (key TEXT PRIMARY KEY, fields TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE join_member (key TEXT NOT NULL, account TEXT NOT NULL, weight TEXT NOT NULL, PRIMARY KEY (key, account)) WITHOUT ROWID;
  `,
  `
  -- transactions that could not be decoded; block_time and since: RFC 3339
  CREATE TABLE quarantine (
    height INTEGER NOT NULL, tx INTEGER NOT NULL, tx_hash TEXT, dialect TEXT NOT NULL, bytes BLOB NOT NULL,
    reason TEXT NOT NULL, block_time TEXT NOT NULL, since TEXT NOT NULL, PRIMARY KEY (height, tx)
  ) WITHOUT ROWID;

  -- heights that were left out, inclusive
  CREATE TABLE gap (from_height INTEGER PRIMARY KEY, to_height INTEGER NOT NULL, reason TEXT NOT NULL, since TEXT NOT NULL);
  `,
  `
  -- how far each projection is, of which version its tables are; height: where it stands still, null while it keeps up
  CREATE TABLE projection (
    name TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, height INTEGER, reason TEXT, since TEXT NOT NULL
  ) WITHOUT ROWID;

  -- the memory of joins is a projection like others, so that it can be rebuilt
  ALTER TABLE join_entity RENAME TO "joins.entity";
  ALTER TABLE join_member RENAME TO "joins.member";
  INSERT INTO projection VALUES ('joins', 1, 'ok', NULL, NULL, '');

  -- how many of an event's last data fields and accounts were joined: the others are its record's
  ALTER TABLE event ADD COLUMN joined_fields INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE event ADD COLUMN joined_accounts INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- from where on the log is to hold each contract's events (null: not known yet); complete: 0 while some are missing or held
  CREATE TABLE history (address TEXT PRIMARY KEY, from_height INTEGER, complete INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO history SELECT contract, min(from_height), 1 FROM coverage GROUP BY contract;

  -- events of contracts whose history is not complete, as records: they enter the log together, in its order
  CREATE TABLE held (
    height INTEGER NOT NULL, tx INTEGER NOT NULL, n INTEGER NOT NULL, address TEXT NOT NULL, block_time TEXT NOT NULL,
    record TEXT NOT NULL, PRIMARY KEY (height, tx, n)
  ) WITHOUT ROWID;

  -- address: of whose history alone the heights are missing; empty: they are missing altogether
  ALTER TABLE gap RENAME TO gap_of_all;
  CREATE TABLE gap (
    from_height INTEGER NOT NULL, to_height INTEGER NOT NULL, reason TEXT NOT NULL, since TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '', PRIMARY KEY (from_height, address)
  ) WITHOUT ROWID;
  INSERT INTO gap (from_height, to_height, reason, since) SELECT from_height, to_height, reason, since FROM gap_of_all;
  DROP TABLE gap_of_all;
  `,
  `
  -- the set of those an event concerns, where they are more than it has routing rows; and every such set
  ALTER TABLE event ADD COLUMN crowd TEXT;
  CREATE INDEX event_crowd ON event (crowd) WHERE crowd IS NOT NULL;
  CREATE TABLE crowd (key TEXT PRIMARY KEY) WITHOUT ROWID;
  `,
  `
  -- how many events the log holds; and what was deleted from its beginning: up to which height, how many events, and the
  -- log's digest up to there
  ALTER TABLE log ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE log ADD COLUMN cut_height INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE log ADD COLUMN cut_events INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE log ADD COLUMN cut_digest TEXT NOT NULL DEFAULT '${'0'.repeat(64)}';
  UPDATE log SET events = (SELECT count(*) FROM event);
  `,
]

/**
 * Brings the open file to this code's version; when it holds data, a copy of it is kept beside it first.
 * A step that fails leaves its transaction open: close the file, and it is as before.
 * @throws StoreError `E_STORE_NEWER`
 */
export function migrate(database: DatabaseSync, file: string, steps: readonly string[] = STEPS): void {
  const version = requireKnown(database, steps)
  if (version === steps.length) return
  if (version > 0) keepCopy(database, `${file}.v${version}.backup`)
  for (const [from, step] of steps.entries()) {
    database.exec('BEGIN IMMEDIATE')
    if (versionOf(database) === from) database.exec(`${step}; PRAGMA user_version = ${from + 1}`)
    database.exec('COMMIT')
  }
}

/** The file's version. @throws StoreError `E_STORE_NEWER` when it is beyond what this code knows. */
export function requireKnown(database: DatabaseSync, steps: readonly string[] = STEPS): number {
  const version = versionOf(database)
  if (version > steps.length)
    throw new StoreError(
      'E_STORE_NEWER',
      `the store is of version ${version}, this code knows ${steps.length}: run the newer Seiche, or choose another data folder (--data, store.path)`,
    )
  return version
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
}

/** Under its name only when it is whole: an earlier try may have been cut short. */
function keepCopy(database: DatabaseSync, copy: string): void {
  rmSync(`${copy}.part`, { force: true })
  database.prepare('VACUUM INTO ?').run(`${copy}.part`)
  toDisk(`${copy}.part`) // before the first step: a host that goes down in the middle must find one of the two whole
  renameSync(`${copy}.part`, copy)
}

/** What {@link migrate} brings a file to. */
export const VERSION: number = STEPS.length

/** The log's file in a data folder. */
export const FILE = 'seiche.db'
