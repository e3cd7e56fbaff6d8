/** What goes wrong in a round, and when: decided by the seed alone, before anything is started. */
import type { Faults } from '../../src/devnet/faults.ts'
import { type Random, randomFrom } from '../../src/devnet/random.ts'
import type { Shape } from '../../src/testing/index.ts'

export type Fault =
  /** A worker thread is told to misbehave. */
  | { kind: 'worker'; actor: string; shape: Shape }
  /** The process ends by SIGKILL, and is started again at once. */
  | { kind: 'kill -9' }
  /** SIGSTOP, and SIGCONT after `lasts` ms. */
  | { kind: 'pause'; lasts: number }
  /** Another process holds the store's write lock. */
  | { kind: 'lock'; lasts: number }
  /** The store finds no room, or may not write. */
  | { kind: 'disk full' | 'read-only'; lasts: number }
  /** The wall clock is set `by` ms ahead, or back. */
  | { kind: 'clock'; by: number; lasts: number }
  /** The node, or the network before it, misbehaves. */
  | { kind: 'node'; faults: Faults; lasts: number }
  /** So many clients connect at once, and are gone. */
  | { kind: 'storm'; clients: number; lasts: number }
  /** The reader that reads everything stops reading. */
  | { kind: 'stopped reader'; lasts: number }

/** A fault, and how many ms after the start of the round it strikes. */
export type Planned = Fault & { at: number }

/** The first faults find everything running, the last ones end before traffic does, ms. */
const MARGIN = 4_000
const LONGEST = 6_000
/** Between two faults, on average, ms. */
const GAP = 2_000
/** In a round of so many minutes one process lives long, so that its memory can be looked at: none is killed after the first fifth. */
const LONG = 10
const HOUR = 3_600_000

const ACTORS = ['event-store', 'event-decoder', 'block-fetcher', 'cache-owner', 'scheduler', 'pool']
const SHAPES: readonly Shape[] = ['throw', 'exit', 'hang', 'microtasks', 'wait', 'native', 'never']
const CROWDS = [50, 200, 600, 2_000]
const NODE_FAULTS: readonly Faults[] = [
  ...[{ lag: 4 }, { stall: true }, { halfOpen: true }, { twoHeads: 3 }, { twoFaces: true }, { notYet: 3 }],
  ...[{ status5xx: 0.5 }, { tooMany: 0.3 }, { hang: 0.2 }, { cut: 0.3 }, { truncate: 0.3 }, { garbage: 0.3 }],
  ...[{ slow: 150 }, { batchRefused: 0.5 }, { missingBatchEntries: 0.5 }, { oversized: { times: 1 } }],
  ...[{ silentWebSocket: true }, { closeWebSocket: 0.5 }, { endWebSocket: 0.5 }, { emptyResults: true }],
]

/** The faults of a round in their order: the same for the same seed and length. */
export function plan(seed: number, minutes: number): Planned[] {
  const random = randomFrom(seed)
  const faults: Planned[] = []
  const end = minutes * 60_000 - LONGEST - MARGIN
  const killedUntil = minutes < LONG ? end : end / 5
  for (let at = MARGIN; at < end; at += GAP * 2 * random())
    faults.push({ at: Math.round(at), ...fault(random, at < killedUntil) })
  return faults
}

/** A short name of a fault for tables: its kind, and what of it differs in kind. */
export function nameOf(fault: Fault): string {
  if (fault.kind === 'worker') return `worker ${fault.shape}`
  if (fault.kind === 'node') return `node ${Object.keys(fault.faults).join(' ')}`
  if (fault.kind === 'storm') return `storm of ${fault.clients}`
  return fault.kind
}

function fault(random: Random, killed: boolean): Fault {
  const lasts = Math.round(500 + random() * (LONGEST - 500))
  const dice = random()
  if (dice < 0.3) return { kind: 'worker', actor: one(ACTORS, random), shape: one(SHAPES, random) }
  if (dice < 0.56) return { kind: 'node', faults: one(NODE_FAULTS, random), lasts }
  if (dice < 0.64 && killed) return { kind: 'kill -9' }
  if (dice < 0.7) return { kind: 'pause', lasts }
  if (dice < 0.75) return { kind: 'lock', lasts }
  if (dice < 0.8) return { kind: 'disk full', lasts }
  if (dice < 0.85) return { kind: 'read-only', lasts }
  if (dice < 0.9) return { kind: 'clock', by: Math.round(HOUR * (2 * random() - 1)), lasts }
  if (dice < 0.96) return { kind: 'storm', clients: one(CROWDS, random), lasts }
  return { kind: 'stopped reader', lasts }
}

function one<T>(of: readonly T[], random: Random): T {
  return of[Math.floor(random() * of.length)]!
}
