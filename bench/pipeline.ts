/**
 * P1: blocks per CPU-second of the whole server process, from an RPC server through a FULL-sync commit to a WebSocket
 * client that gets every event; dense and sparse blocks of both dialects. The peer is a straightforward cosmjs indexer,
 * four blocks ahead. The same on a devnet's blocks, on which SeiMoney's users live. Node, server and client are processes
 * of their own; ours runs from `dist`, as in production. The blocks of a warm-up, in which the code of every thread is
 * compiled, come first and count on neither side: what is told is how fast a server goes on, not how fast it starts. The
 * peer, one thread and slow, has fewer of both, so that the whole run stays short.
 *
 * P3: what the actors cost: CPU per dense block beside the same code in one thread.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { devnet, type Made, made, type Stretch, show } from './parts/devnet.ts'
import { cpuSeconds, ownPart, type Part, part, seiche as started } from './parts/measured.ts'
import { type BenchOptions, compared, median, type Row } from './table.ts'

/** What a side is measured over. */
interface Over {
  /** Blocks that come first and are not measured. */
  warmUp: number
  /** Blocks measured. */
  blocks: number
}

interface Load {
  name: string
  dialect: 'plain' | 'base64'
  /** One generated block in this many holds a match. */
  every?: number
  /** Without generated blocks: contract events in a block of a devnet, on average. */
  events?: number
  ours: Over
  theirs: Over
  floor: number | null
  goal: number | null
}

const GENERATED = { ours: { warmUp: 400, blocks: 400 }, theirs: { warmUp: 100, blocks: 200 } }
const [DENSE, SPARSE] = [
  { every: 1, ...GENERATED, floor: 4, goal: 6 },
  { every: 20, ...GENERATED, floor: 8, goal: 12 },
]
const LOADS: Load[] = [
  { name: 'pipeline, dense, plain', dialect: 'plain', ...DENSE },
  { name: 'pipeline, dense, base64', dialect: 'base64', ...DENSE },
  { name: 'pipeline, sparse, plain', dialect: 'plain', ...SPARSE },
  { name: 'pipeline, sparse, base64', dialect: 'base64', ...SPARSE },
  ...[10, 100, 1_000].map((events): Load => {
    const blocks = Math.max(40, 10_000 / events)
    const over = { warmUp: blocks, blocks }
    const name = `pipeline, devnet, ${events.toLocaleString('en')} events a block`
    return { ...{ name, dialect: 'plain', events, ours: over, theirs: over }, floor: null, goal: null }
  }),
]
const SHORT = { ours: { warmUp: 20, blocks: 40 }, theirs: { warmUp: 20, blocks: 40 } }

export async function run({ rounds, short }: BenchOptions): Promise<Row[]> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: new URL('..', import.meta.url), stdio: 'inherit' })
  const rows: Row[] = []
  for (const load of LOADS.map((each) => (short ? { ...each, ...SHORT } : each))) {
    const { ours, theirs, without } = await inTurns(load, rounds)
    if (without.length) rows.push(tax(load, ours, without))
    rows.push({
      name: load.name,
      value: median(ours),
      unit: 'blocks/CPU-s',
      peer: { name: 'cosmjs indexer', value: median(theirs) },
      ...compared(ours, theirs),
      floor: load.floor,
      goal: load.goal,
    })
  }
  return rows
}

/** CPU per block, from blocks per CPU-second. */
function tax({ name }: Load, ours: number[], without: number[]): Row {
  return {
    ...{ name: `${name}, what the actors cost`, unit: 'ms CPU/block', atMost: true, floor: 1.3, goal: 1.15 },
    value: 1_000 / median(ours),
    peer: { name: 'the same in one thread', value: 1_000 / median(without) },
    ...compared(without, ours), // the inverse of blocks per CPU-second
  }
}

/** All sides in turns, from one node; without actors only where every block holds a match. */
async function inTurns(load: Load, rounds: number): Promise<Record<'ours' | 'theirs' | 'without', number[]>> {
  const rpc = nodeOf(load)
  try {
    const node = await made(rpc)
    const ours: number[] = []
    const theirs: number[] = []
    const without: number[] = []
    for (let round = 0; round < rounds; round++) {
      ours.push(await measure({ ...node, rpc }, load, load.ours, seiche))
      if (load.every === 1) without.push(await measure({ ...node, rpc }, load, load.ours, fused))
      theirs.push(await measure({ ...node, rpc }, load, load.theirs, cosmjs))
    }
    return { ours, theirs, without }
  } finally {
    await rpc.end()
  }
}

/** A node that shows only its first height until it is told how far it goes. */
function nodeOf({ dialect, every, events, ours, theirs }: Load): Part {
  const ends = [ours, theirs].flatMap(({ warmUp, blocks }) => [warmUp, warmUp + blocks])
  const heights = [...new Set(ends)].sort((a, b) => a - b)
  if (events) return devnet(dialect, events, heights)
  return part(new URL('./parts/rpc-server.ts', import.meta.url), [dialect, `${every}`, ...heights.map(String)])
}

interface Node extends Made {
  rpc: Part
}

interface Server {
  process: Part
  ws: string
  /** It does not look how far the chain goes: it is told. */
  told?: true
}

/** Blocks per CPU-second of the server, from the moment the chain's head jumps to the last until the client has all. */
async function measure(
  node: Node,
  load: Load,
  { warmUp, blocks }: Over,
  start: (node: Node, load: Load, folder: string) => Promise<Server>,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
  const parts: Part[] = []
  try {
    show(node.rpc, 1)
    const server = await start(node, load, folder)
    parts.push(server.process)
    const upTo = (end: number): Stretch => node.stretches.find(({ height }) => height === end) as Stretch
    const [first, whole] = [upTo(warmUp), upTo(warmUp + blocks)]
    const counts = [first, whole].map(({ events }) => `${events}`)
    const client = part(new URL('./parts/client.ts', import.meta.url), [server.ws, ...counts])
    parts.push(client)
    await client.message((message) => message.subscribed)
    const cpu = async ({ height, events }: Stretch): Promise<number> => {
      for (const each of [node.rpc, ...(server.told ? [server.process] : [])]) show(each, height)
      const received = await client.message((message) => (message.received === events ? message : undefined))
      if (received.doubled !== 0) throw new Error(`${received.doubled} events came twice`)
      return cpuSeconds(server.process.pid)
    }
    const before = await cpu(first)
    return blocks / ((await cpu(whole)) - before)
  } finally {
    for (const each of parts.reverse()) await each.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function seiche(node: Node, _load: Load, folder: string): Promise<Server> {
  const process = started({ url: node.url, contracts: node.contracts, folder, flags: ['--start-height', '1'] })
  const ws = await process.message((message) => (message.msg === 'ready' ? String(message.ws) : undefined))
  return { process, ws }
}

async function cosmjs(node: Node, { dialect }: Load, folder: string): Promise<Server> {
  const process = part(new URL('./parts/cosmjs-indexer.ts', import.meta.url), [
    ...[node.url, join(folder, 'peer.db'), node.contracts.join(), dialect],
  ])
  const ws = await process.message((message) => message.ws as string | undefined)
  return { process, ws, told: true }
}

async function fused(node: Node, { dialect }: Load, folder: string): Promise<Server> {
  const process = ownPart(new URL('./parts/fused.ts', import.meta.url), [
    ...[node.url, folder, node.contracts.join(), dialect],
  ])
  const ws = await process.message((message) => message.ws as string | undefined)
  return { process, ws, told: true }
}
