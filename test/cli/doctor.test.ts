/** `seiche doctor` against each thing that can be wrong, with the real command and real nodes. */

import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { resolveConfig } from '../../src/config/index.ts'
import { lookAtRuntime } from '../../src/doctor/runtime.ts'
import { RECORDINGS } from '../e2e/recordings.ts'
import { command, temporaryFolder } from '../e2e/seiche.ts'
import { unwellNode } from '../e2e/unwell-node.ts'

const { dir, to } = RECORDINGS.wasmd2
const { contracts } = JSON.parse(readFileSync(join(dir, 'deploy.json'), 'utf8'))
const payments: string = contracts.payments
const FREE = ['--port', '0', '--ws-port', '0']

interface Told {
  code: number | null
  /** `section check: state`, of what is not well. */
  unwell: string[]
  sections: { name: string; findings: { check: string; state: string; text: string; fix?: string }[] }[]
}

async function doctor(args: string[], env: Record<string, string> = {}): Promise<Told> {
  const run = command(['doctor', '--json', '--data', join(temporaryFolder(), 'data'), ...FREE, ...args], env)
  const code = await run.exited
  const { sections } = JSON.parse(run.lines.map(({ msg }) => msg).join('\n')) as Pick<Told, 'sections'>
  const unwell = sections.flatMap(({ name, findings }) =>
    findings
      .filter(({ state }) => state !== 'ok')
      .map(({ check, state }) => `${name.split(' ')[0]} ${check}: ${state}`),
  )
  for (const { findings } of sections)
    for (const { state, fix } of findings) if (state !== 'ok') expect(fix).toEqual(expect.stringMatching(/\S/))
  return { code, unwell, sections }
}

/** A node over a recording whose blocks are of this minute, and whose answers are changed. */
async function node(change: Record<string, (result: Record<string, unknown>) => unknown> = {}): Promise<string> {
  return await unwellNode(dir, ({ method }, answer) => {
    const { result } = answer
    if (method === 'status') {
      const status = withSync(result as Record<string, unknown>, { latest_block_time: new Date().toISOString() })
      return { ...answer, result: change['status']?.(status) ?? status }
    }
    return change[method] && result ? { ...answer, result: change[method](result as Record<string, unknown>) } : answer
  })
}

describe('doctor', () => {
  it('finds nothing wrong where nothing is, and exits 0', async () => {
    const nodes = ['--rpc', await node(), '--rpc', await node()]
    const { code, unwell, sections } = await doctor([...nodes, '--contract', `payments=${payments}`])
    expect(code, JSON.stringify(sections, null, 1)).toBe(0)
    // these nodes have no WebSocket, and this machine may allow few files
    expect(unwell.filter((each) => !['node notices: warn', 'runtime open files: warn'].includes(each))).toEqual([])
    expect(sections.map(({ name }) => name.split(' ')[0])).toEqual([
      ...['runtime', 'config', 'store', 'node', 'node', 'contracts', 'ports', 'browsers'],
    ])
  })

  it.each([
    { what: 'unreachable', args: async () => ['--rpc', 'http://127.0.0.1:9'], found: 'node answers: fail' },
    {
      what: 'lagging',
      args: async () => [
        ...['--rpc', await node()],
        ...['--rpc', await node({ status: (status) => withSync(status, { latest_block_height: `${to + 900}` }) })],
      ],
      found: 'node height: fail',
    },
    {
      what: 'standing still',
      args: async () => [
        ...[
          '--rpc',
          await node({ status: (status) => withSync(status, { latest_block_time: '2026-01-01T00:00:00Z' }) }),
        ],
      ],
      found: 'node height: fail',
    },
    {
      what: 'of another chain',
      args: async () => ['--rpc', await node(), '--chain-id', 'pacific-1'],
      found: 'node chain: fail',
    },
    {
      what: 'pruned',
      args: async () => [
        ...['--rpc', await node({ status: (status) => withSync(status, { earliest_block_height: '40' }) })],
        ...['--start-height', '1'],
      ],
      found: 'node history: fail',
    },
    {
      what: 'of Sei with Autobahn: transactions without results',
      args: async () => ['--rpc', await node({ block_results: (result) => ({ ...result, txs_results: null }) })],
      found: 'node results: fail',
    },
    {
      what: 'without an index of transactions',
      args: async () => [
        ...[
          '--rpc',
          await node({
            status: (status) => ({
              ...status,
              node_info: { ...(status['node_info'] as object), other: { tx_index: 'off' } },
            }),
          }),
        ],
      ],
      found: 'node transactions: warn',
    },
    {
      what: 'ahead of this machine’s clock',
      args: async () => [
        ...[
          '--rpc',
          await node({
            status: (status) => withSync(status, { latest_block_time: new Date(Date.now() + 600_000).toISOString() }),
          }),
        ],
      ],
      found: 'node clock: warn',
    },
    {
      what: 'without the contract',
      args: async () => ['--rpc', await node(), '--contract', 'gone=wasm1pytelukfdc0c5yu43ka7svuj66xfyn32zuvw22'],
      found: 'contracts gone: fail',
    },
  ])('names a node that is $what', async ({ args, found }) => {
    const { unwell } = await doctor(await args())
    expect(unwell).toContain(found)
  })

  it('names a data folder that cannot be written, and one that is none', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'file')
    writeFileSync(file, '')
    expect((await doctor(['--data', join(file, 'data')])).unwell).toContain('store folder: fail')
    if (process.getuid?.() === 0) return // root may write everything
    const locked = join(folder, 'locked')
    mkdirSync(locked)
    chmodSync(locked, 0o500)
    expect((await doctor(['--data', locked])).unwell).toContain('store folder: fail')
  })

  it('names a port that another program has, and the next free one; not one that Seiche itself has', async () => {
    const taken = createTcpServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    onTestFinished(() => void taken.close())
    const { port } = taken.address() as AddressInfo
    const { unwell, sections } = await doctor(['--port', `${port}`])
    expect(unwell).toContain('ports REST, socket.io: fail')
    const finding = sections.find(({ name }) => name === 'ports')?.findings[0]
    expect(finding?.fix).toMatch(/--port.*\(\d+ is free\)/)

    const ours = createServer((_, response) => response.setHeader('x-indexed-height', '7').end('ok\n'))
    ours.listen(0, '127.0.0.1')
    await once(ours, 'listening')
    onTestFinished(() => {
      ours.close()
      ours.closeAllConnections()
    })
    const again = await doctor(['--port', `${(ours.address() as AddressInfo).port}`])
    expect(again.unwell.filter((each) => each.startsWith('ports'))).toEqual([])
  })

  it('names a limit of open files that is too low for the connections', () => {
    const config = resolveConfig({ flags: { gateway: { maxConnections: 5_000 } } })
    expect(lookAtRuntime(config, 1_024)).toContainEqual(
      expect.objectContaining({ check: 'open files', state: 'warn', fix: expect.stringContaining('ulimit -n 5200') }),
    )
    expect(lookAtRuntime(config, 5_200).map(({ state }) => state)).toEqual(['ok', 'ok'])
  })

  it('--report can be pasted into an issue: it holds no secret', async () => {
    const run = command(
      ['doctor', '--report', '--data', temporaryFolder(), ...FREE, '--rpc', 'http://me:hidden@127.0.0.1:9/key-1234'],
      {
        SEICHE_ADMIN_TOKEN: 'the-token-of-operators',
      },
    )
    await run.exited
    const text = run.lines.map(({ msg }) => msg).join('\n')
    expect(text).toContain('node http://127.0.0.1:9')
    expect(text).not.toMatch(/hidden|key-1234|the-token/)
  })
})

function withSync(status: Record<string, unknown>, change: object): Record<string, unknown> {
  return { ...status, sync_info: { ...(status['sync_info'] as object), ...change } }
}
