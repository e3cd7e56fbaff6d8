/** `seiche start` from `dist` on a store that has all of a devnet's blocks; and main's imports alone, the peer. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../src/config/index.ts'
import type { SystemStatus } from '../../src/control/vitals.ts'
import { advance, devnet, made, show } from './devnet.ts'
import { type Part, part, seiche } from './measured.ts'

/** How often `/readyz` is asked, ms. */
const INTERVAL = 2

/** A chain, and a store that has it. */
export interface Synced {
  /** Makes a block. */
  advance(): Promise<unknown>
  /** Starts the program; resolves when `/readyz` says yes. */
  start(): Promise<Part>
  end(): Promise<void>
}

/** A devnet with `blocks` blocks of 20 events, and the store of a program that has followed it to its end. */
export async function synced(blocks: number): Promise<Synced> {
  const folder = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
  const node = devnet('base64', 20, [blocks])
  const end = async (): Promise<void> => {
    await node.end()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const { url, contracts } = await made(node)
    show(node, blocks)
    const start = async (): Promise<Part> => {
      const port = await freePort(0)
      const program = seiche({ url, contracts, folder, port })
      await ready(port, program)
      return program
    }
    const first = await start()
    const http = await first.message(({ msg, http }) => (msg === 'ready' ? String(http) : undefined))
    while ((await indexed(http)) < blocks) await sleep(50)
    await stopped(first)
    return { advance: () => advance(node), start, end }
  } catch (error) {
    await end()
    throw error
  }
}

/** Main's imports alone; resolves when they are done. */
export async function imports(): Promise<Part> {
  const alone = part(new URL('./main-imports.js', import.meta.url), [])
  await alone.message(({ imported }) => imported)
  return alone
}

/** Ends it as an operator would. */
export async function stopped({ process }: Part): Promise<void> {
  const gone = new Promise((resolve) => process.once('exit', resolve))
  process.kill('SIGTERM')
  await gone
}

async function ready(port: number, { process }: Part): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) return
    if (process.exitCode !== null) throw new Error('seiche start ended before it was ready')
    await sleep(INTERVAL)
  }
}

async function indexed(http: string): Promise<number> {
  const { status } = (await (await fetch(`${http}/api/realtime/status`)).json()) as { status: SystemStatus }
  return status.sync.indexedHeight
}
