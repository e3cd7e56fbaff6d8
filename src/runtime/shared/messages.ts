/** Everything that crosses `parentPort`: lifecycle only. Questions and items have ports of their own. */
import type { MessagePort } from 'node:worker_threads'
import type { PlainError } from './plain-error.ts'
import type { WireEnd } from './wire.ts'

/** `workerData` of an actor's thread: what it needs before it is born. */
export interface Cradle {
  name: string
  generation: number
  cell: SharedArrayBuffer
  /** The {@link Heartbeat} of the supervising thread. */
  supervisor: SharedArrayBuffer
  /** Carries the questions. */
  questions: MessagePort
}

/** What makes the thread, its modules loaded, the actor. */
export interface Birth {
  kind: 'born'
  /** What the spec's `boot` answered for this birth. */
  boot: unknown
  wires: WireEnd[]
}

/** Supervisor → actor. */
export type Order = Birth | { kind: 'wire'; end: WireEnd } | { kind: 'stop' }

/** Actor → supervisor. */
export type Notice = { kind: 'ready' } | { kind: 'failed'; error: PlainError } | { kind: 'stopped' }
