/** A chain of one wasmd node, on loopback. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../src/config/index.ts'

export const CHAIN_ID = 'seiche-test-1'
const KEYS = ['--keyring-backend', 'test']

export class WasmdNode {
  readonly url: string
  readonly #program: string
  readonly #home: string
  readonly #ports: { rpc: number; p2p: number }
  #process: ChildProcess | undefined

  private constructor(program: string, home: string, ports: { rpc: number; p2p: number }) {
    this.#program = program
    this.#home = home
    this.#ports = ports
    this.url = `http://127.0.0.1:${ports.rpc}`
  }

  /** Makes the chain in `home`; `rich` has coins from the first block on. */
  static async make(program: string, home: string, rich: string): Promise<WasmdNode> {
    const wasmd = (...args: string[]): string =>
      execFileSync(program, [...args, '--home', home], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    wasmd('init', 'test', '--chain-id', CHAIN_ID)
    wasmd('keys', 'add', 'validator', ...KEYS)
    wasmd('genesis', 'add-genesis-account', 'validator', '1000000000000stake', ...KEYS)
    wasmd('genesis', 'add-genesis-account', rich, '1000000000000stake')
    wasmd('genesis', 'gentx', 'validator', '1000000000stake', '--chain-id', CHAIN_ID, ...KEYS)
    wasmd('genesis', 'collect-gentxs')
    const file = join(home, 'config/config.toml')
    const config = readFileSync(file, 'utf8')
      .replace(/^timeout_commit = .*$/m, 'timeout_commit = "300ms"')
      .replace(/^pprof_laddr = .*$/m, 'pprof_laddr = ""')
    writeFileSync(file, config)
    return new WasmdNode(program, home, { rpc: await freePort(), p2p: await freePort() })
  }

  /** Resolves with its first new block: before that a node that was started again judges transactions by its genesis. */
  async start(): Promise<void> {
    const { rpc, p2p } = this.#ports
    const at = (port: number): string => `tcp://127.0.0.1:${port}`
    const listen = ['--rpc.laddr', at(rpc), '--p2p.laddr', at(p2p), '--grpc.enable=false', '--api.enable=false']
    const child = spawn(this.#program, ['start', '--home', this.#home, ...listen, '--minimum-gas-prices', '0stake'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    const log = createWriteStream(join(this.#home, 'node.log'), { flags: 'a' })
    for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false })
    let first: number | undefined
    for (;;) {
      if (child.exitCode !== null) throw new Error(`wasmd ended: see ${join(this.#home, 'node.log')}`)
      try {
        const answer = (await (await fetch(`${this.url}/status`)).json()) as {
          result: { sync_info: { latest_block_height: string } }
        }
        const height = Number(answer.result.sync_info.latest_block_height)
        first ??= height
        if (height > first && height > 1) return
      } catch {
        // it does not listen yet
      }
      await sleep(100)
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.#process || this.#process.exitCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill(signal)
    await exited
  }
}
