import { describe, expect, it } from 'vitest'
import { createApplication } from '../../src/devnet/app/application.ts'
import type { Application, TxResult } from '../../src/devnet/app/types.ts'
import { devnetGenesis } from '../../src/devnet/traffic/genesis.ts'
import { createTraffic } from '../../src/devnet/traffic/traffic.ts'

interface Made {
  txs: Uint8Array[]
  results: TxResult[]
}

const time = (height: number): string => new Date(Date.UTC(2026, 0, 1) + height * 1_000).toISOString()

/** Blocks `from` to `to` of a chain, made and executed. */
function make(app: Application, seed: number, eventsPerBlock: number, from: number, to: number): Made[] {
  const traffic = createTraffic({ seed, eventsPerBlock }, app.genesis)
  return Array.from({ length: to - from + 1 }, (_, n) => {
    const txs = traffic(from + n, app)
    return { txs, results: app.executeBlock({ height: from + n, time: time(from + n), txs }).results }
  })
}

const fresh = (dialect: 'plain' | 'base64'): Application => createApplication(devnetGenesis(dialect, time(0)))
const bytes = (made: Made[]): string[] => made.flatMap(({ txs }) => txs.map((tx) => Buffer.from(tx).toString('base64')))
const customEvents = (made: Made[]) =>
  made
    .flatMap(({ results }) => results.filter(({ code }) => code === 0).flatMap(({ events }) => events ?? []))
    .filter(({ type }) => type.startsWith('wasm-'))

describe.each(['plain', 'base64'] as const)('traffic, %s', (dialect) => {
  it('is the same for the same seed, and another for another', () => {
    const one = bytes(make(fresh(dialect), 3, 4, 1, 60))
    expect(bytes(make(fresh(dialect), 3, 4, 1, 60))).toEqual(one)
    expect(bytes(make(fresh(dialect), 4, 4, 1, 60))).not.toEqual(one)
  })

  it('goes on after a restart as if there had been none', () => {
    const whole = fresh(dialect)
    const all = bytes(make(whole, 3, 4, 1, 80))
    const before = fresh(dialect)
    const first = bytes(make(before, 3, 4, 1, 50))
    const after = createApplication(before.genesis, JSON.parse(JSON.stringify(before.snapshot())))
    expect([...first, ...bytes(make(after, 3, 4, 51, 80))]).toEqual(all)
    expect(after.snapshot()).toEqual(whole.snapshot())
  })

  it.each([0.3, 2, 40])('gives about %d events a block, whatever happens in them', (average) => {
    const blocks = average < 1 ? 2_000 : 400
    const made = make(fresh(dialect), 9, average, 1, blocks)
    const mean = customEvents(made).length / blocks
    expect(mean).toBeGreaterThan(average * 0.7)
    expect(mean).toBeLessThan(average * 1.3)
  })

  it('has every event of the six contracts, failures, several messages in one transaction, and silence', () => {
    const made = make(fresh(dialect), 1, 6, 1, 1_200)
    expect([...new Set(customEvents(made).map(({ type }) => type))].sort()).toEqual(EVENTS)
    const results = made.flatMap((each) => each.results)
    expect(results.some(({ code }) => code !== 0)).toBe(true)
    const messages = results.map(({ events = [] }) => events.filter(({ type }) => type === 'execute').length)
    expect(Math.max(...messages)).toBeGreaterThan(1)
    expect(made.some(({ txs }) => txs.length > 12)).toBe(true)
    if (dialect === 'base64') expect(results.some(({ evm }) => evm)).toBe(true)
  })
})

it('silent without events: only the contracts are deployed', () => {
  const made = make(fresh('plain'), 1, 0, 1, 30)
  expect(made.map(({ txs }) => txs.length)).toEqual([6, ...Array.from({ length: 29 }, () => 0)])
})

const EVENTS = [
  'approve',
  'break_pot',
  'cancel_pool',
  'claim_transfer',
  'close_pot',
  'contribute',
  'create_pool',
  'create_transfer',
  'create_vault',
  'deposit_pot',
  'deposit_vault',
  'dispute',
  'distribute',
  'harvest_vault',
  'open_case',
  'open_pot',
  'rebalance_vault',
  'refund',
  'refund_contribution',
  'refund_transfer',
  'register_alias',
  'release',
  'resolve',
  'unregister_alias',
  'update_alias',
  'withdraw_vault',
].map((name) => `wasm-seimoney.${name}`)
