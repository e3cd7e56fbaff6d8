import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { devnet } from '../../src/cli/devnet.ts'
import { FaultsJson } from '../../src/devnet/faults.ts'
import { devnetContracts, runDevnet } from '../../src/devnet/settings.ts'
import { temporaryFolder } from '../e2e/seiche.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/devnet.md'), 'utf8')

it('the transaction on the page takes effect, its placeholders filled in', async () => {
  const node = await runDevnet({
    ...{ folder: temporaryFolder(), dialect: 'base64', blockTime: 50, eventsPerBlock: 0, port: 0 },
  })
  onTestFinished(() => node.close())
  const [sender = '', recipient = ''] = Object.keys(node.app.genesis.balances)
  const body = (/-d '([^']+)'/.exec(page)?.[1] ?? '')
    .replace('SENDER', sender)
    .replace('RECIPIENT', recipient)
    .replace('PAYMENTS', devnetContracts('base64')['payments'] ?? '')
  const response = await fetch(node.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const { result } = (await response.json()) as { result: { height: string } & Record<string, unknown> }
  expect(Number(result.height)).toBeGreaterThan(1)
  expect(node.said().byType).toEqual({ 'seimoney.create_transfer': 1 })
})

it('every fault is on the page, and no other', () => {
  const table = page.slice(page.indexOf('| fault |'), page.indexOf('## In your own tests'))
  const named = [...table.matchAll(/^\|([^|]+)\|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)])
  const known = Object.keys(FaultsJson.shape).filter((name) => name !== 'seed' && name !== 'endWebSocketCode')
  expect(named.map(([, name]) => name).sort()).toEqual(known.sort())
})

it('every flag of the chain is on the page', () => {
  const named = [...page.matchAll(/^\| `--([a-z-]+)[^`]*`(?:, `--([a-z-]+)`)?/gm)].flatMap(([, one, two]) => [one, two])
  const known = Object.keys(devnet.flags).filter((name) => name !== 'log')
  expect(named.filter(Boolean).sort()).toEqual(known.sort())
})
