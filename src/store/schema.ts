/** The file's layout, and how an older file becomes a newer one: forward only, each step one transaction. */
import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from './errors.ts'

/** Step n brings a file of version n to n + 1. Never changed once released. */
const STEPS: readonly string[] = [
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
]

/** Brings the open file to this code's version; a copy of it is kept beside it first when it holds data. */
export function migrate(database: DatabaseSync, file: string): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version > STEPS.length)
    throw new StoreError(
      'E_STORE_NEWER',
      `the store is of version ${version}, this code knows ${STEPS.length}: run the newer Seiche, or choose another data folder (--data, store.path)`,
    )
  if (version > 0 && version < STEPS.length) database.prepare('VACUUM INTO ?').run(`${file}.v${version}.backup`)
  for (let step = version; step < STEPS.length; step++)
    database.exec(`BEGIN IMMEDIATE; ${STEPS[step]}; PRAGMA user_version = ${step + 1}; COMMIT`)
}

/** The log's file in a data folder. */
export const FILE = 'seiche.db'
