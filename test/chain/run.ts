/**
 * `npm run test:chain [-- VERSION…]`: a real chain. Builds wasmd (needs Go; minutes the first time), starts a node on
 * loopback, uploads a contract of our own, sends it traffic with cosmjs, kills the node in the middle and starts it again,
 * and compares what a client of Seiche has seen with what the node's own `tx_search` answers, event by event.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import wabt from 'wabt'
import { createClient } from '../../src/client/index.ts'
import { build, LINES, type Line } from './build.ts'
import { WasmdNode } from './node.ts'
import { answering, type Expected, indexed, User } from './traffic.ts'

const root = resolve(import.meta.dirname, '../..')
/** How long a client may take to have seen everything, ms. */
const PATIENCE = 60_000

const chosen = process.argv.slice(2)
const lines = chosen.length ? LINES.filter(({ version }) => chosen.includes(version)) : LINES
assert(lines.length > 0, `no such version; there are: ${LINES.map(({ version }) => version).join(', ')}`)
for (const line of lines) await onChain(line)

async function onChain(line: Line): Promise<void> {
  console.log(`wasmd ${line.version}, CometBFT ${line.comet}: building …`)
  const program = build(line)
  const folder = mkdtempSync(join(tmpdir(), 'seiche-chain-'))
  const closing: (() => unknown)[] = []
  try {
    const user = await User.make()
    const node = await WasmdNode.make(program, join(folder, 'node'), user.address)
    closing.push(() => node.kill())
    await node.start()
    await user.connect(node.url)
    const contract = await user.deploy(await contractCode(), answering([event('made', { by: 'nobody' })]))
    const { ws, http, end } = await seiche(folder, node.url, contract)
    closing.push(end)
    const client = createClient(ws)
    closing.push(() => client.close())
    const seen: Expected[] = []
    client.subscribe('blockchain_events', {
      since: '0-0-0',
      onEvent: ({ id, type, txHash, data }) =>
        void seen.push({ id, type, txHash: txHash ?? '', data: data as Expected['data'] }),
    })

    await busy(user, contract, 'before')
    await node.kill()
    console.log('the node was killed')
    await sleep(2_000)
    await node.start()
    await user.connect(node.url)
    await busy(user, contract, 'after')

    const expected = await indexed(node.url, contract, 'echo')
    assert(expected.length > 60, `only ${expected.length} events`)
    for (let waited = 0; seen.length < expected.length && waited < PATIENCE; waited += 100) await sleep(100)
    assert.deepEqual(seen, expected)
    const health = (await (await fetch(`${http}/api/realtime/health`)).json()) as { health: { healthy: boolean } }
    console.log(
      `wasmd ${line.version}: ${seen.length} events, equal to tx_search, across a kill of the node; healthy: ${health.health.healthy}`,
    )
    assert.equal(health.health.healthy, true)
  } finally {
    for (const close of closing.reverse()) await close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function contractCode(): Promise<Uint8Array> {
  const text = readFileSync(join(import.meta.dirname, 'echo.wat'), 'utf8')
  return (await wabt()).parseWat('echo.wat', text).toBinary({}).buffer
}

function event(type: string, attributes: Record<string, string>) {
  return { type, attributes: Object.entries(attributes).map(([key, value]) => ({ key, value })) }
}

/** All that may be special about an event: several in a message and in a transaction, text of every kind, none, failure. */
async function busy(user: User, contract: string, when: string): Promise<void> {
  for (let n = 0; n < 12; n++) {
    const sold = event('sold', { n: `${n}`, when, price: '5stake', note: 'a "quoted" \\ line, ünïcode 🎉, </script>' })
    const twice = event('twice', { a: '1', b: '2' })
    twice.attributes.push({ key: 'a', value: '3' })
    assert.equal(await user.tell(contract, answering([sold])), 0)
    assert.equal(
      await user.tell(contract, answering([sold, twice]), answering([], [{ key: 'action', value: 'plain' }])),
      0,
    )
    if (n % 3 === 0) assert.equal(await user.tell(contract, answering()), 0)
    if (n % 4 === 0) assert.notEqual(await user.tell(contract, answering([sold]), { error: 'told to fail' }), 0)
  }
}

/** Seiche as a user starts it, with no app: every event as it is. */
async function seiche(folder: string, url: string, contract: string) {
  const config = join(folder, 'seiche.config.json')
  writeFileSync(
    config,
    JSON.stringify({ chain: { endpoints: [url] }, contracts: { echo: contract }, drain: { delay: 0 } }),
  )
  const flags = ['--config', config, '--data', join(folder, 'data'), '--port', '0', '--ws-port', '0', '--log', 'json']
  const child = spawn(process.execPath, [join(root, 'src/cli.ts'), 'start', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const end = async (): Promise<void> => {
    child.kill('SIGTERM')
    await exited
  }
  for await (const text of createInterface(child.stdout)) {
    const line = JSON.parse(text) as { msg: string; http: string; ws: string }
    if (line.msg === 'ready') {
      child.stdout.resume()
      return { http: line.http, ws: line.ws, end }
    }
  }
  throw new Error('seiche ended before it was ready')
}
