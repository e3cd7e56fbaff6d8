/**
 * P1: blocks per CPU-second of the whole server process, from an RPC server through a FULL-sync commit to a WebSocket
 * client that gets every event; dense and sparse blocks of both dialects. The peer is a straightforward cosmjs indexer,
 * four blocks ahead. The same on a devnet's blocks, on which SeiMoney's users live. Node, server and client are processes
 * of their own; ours runs from `dist`, as in production. The blocks of a warm-up, in which the code of every thread is
 * compiled, come first and count on neither side: what is told is how fast a server goes on, not how fast it starts.
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

interface Load {
  name: string
  dialect: 'plain' | 'base64'
  /** One generated block in this many holds a match. */
  every?: number
  /** Without generated blocks: contract events in a block of a devnet, on average. */
  events?: number
  /** Blocks that come first and are not measured. */
  warmUp: number
  /** Blocks measured. */
  blocks: number
  floor: number | null
  goal: number | null
}

const LOADS: Load[] = [
  { name: 'pipeline, dense, plain', dialect: 'plain', every: 1, warmUp: 400, blocks: 400, floor: 4, goal: 6 },
  { name: 'pipeline, dense, base64', dialect: 'base64', every: 1, warmUp: 400, blocks: 400, floor: 4, goal: 6 },
  { name: 'pipeline, sparse, plain', dialect: 'plain', every: 20, warmUp: 400, blocks: 400, floor: 8, goal: 12 },
  { name: 'pipeline, sparse, base64', dialect: 'base64', every: 20, warmUp: 400, blocks: 400, floor: 8, goal: 12 },
  ...[10, 100, 1_000].map((events): Load => {
    const [warmUp, blocks] = [2_000 / events, 6_000 / events].map((n) => Math.max(10, n)) as [number, number]
    const name = `pipeline, devnet, ${events.toLocaleString('en')} events a block`
    return { ...{ name, dialect: 'plain', events, warmUp, blocks }, floor: null, goal: null }
  }),
]

export async function run({ rounds, short }: BenchOptions): Promise<Row[]> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: new URL('..', import.meta.url), stdio: 'inherit' })
  const rows: Row[] = []
  for (const load of LOADS.map((each) => (short ? { ...each, warmUp: 20, blocks: 40 } : each))) {
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
      ours.push(await measure({ ...node, rpc }, load, seiche))
      if (load.every === 1) without.push(await measure({ ...node, rpc }, load, fused))
      theirs.push(await measure({ ...node, rpc }, load, cosmjs))
    }
    return { ours, theirs, without }
  } finally {
    await rpc.end()
  }
}

/** A node that shows only its first height until it is told how far it goes. */
function nodeOf({ dialect, every, events, warmUp, blocks }: Load): Part {
  const heights = [warmUp, warmUp + blocks]
  if (events) return devnet(dialect, events, heights)
  return part(new URL('./parts/rpc-server.ts', import.meta.url), [dialect, `${every}`, ...heights.map(String)])
}

/** Its stretches are the warm-up, and the whole chain. */
interface Node extends Made {
  rpc: Part
}

interface Server {
  process: Part
  ws: string
  /** It does not look how far the chain goes: it is told. */
  told?: true
}

/** Blocks per CPU-second of the server, from the moment the chain's head jumps to its end until the client has all. */
async function measure(
  node: Node,
  load: Load,
  start: (node: Node, load: Load, folder: string) => Promise<Server>,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
  const parts: Part[] = []
  try {
    show(node.rpc, 1)
    const server = await start(node, load, folder)
    parts.push(server.process)
    const counts = node.stretches.map(({ events }) => `${events}`)
    const client = part(new URL('./parts/client.ts', import.meta.url), [server.ws, ...counts])
    parts.push(client)
    await client.message((message) => message.subscribed)
    const cpu = async ({ height, events }: Stretch): Promise<number> => {
      for (const each of [node.rpc, ...(server.told ? [server.process] : [])]) show(each, height)
      const received = await client.message((message) => (message.received === events ? message : undefined))
      if (received.doubled !== 0) throw new Error(`${received.doubled} events came twice`)
      return cpuSeconds(server.process.pid)
    }
    const [warmUp, whole] = node.stretches as [Stretch, Stretch]
    const before = await cpu(warmUp)
    return load.blocks / ((await cpu(whole)) - before)
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
