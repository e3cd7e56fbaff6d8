import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadRecording } from '../../src/devnet/recording.ts'
import { expectedEvents } from '../seimoney/expectation.ts'
import { RECORDINGS } from './recordings.ts'
import { command, get, logUpTo, ready, temporaryFolder } from './seiche.ts'

const { dir, to } = RECORDINGS.wasmd2
const all = expectedEvents(dir).map(({ event }) => event)
/** One event of its kind in the recording: everything of its transaction is poison with it. */
const [poison] = all.filter(({ type }) => type === 'escrow_refunded')

function setUp(does: 'throw' | 'hang') {
  const folder = temporaryFolder()
  const query = new URLSearchParams({
    contract: String(poison?.contract),
    name: 'seimoney.refund',
    does,
    mended: `${folder}/mended`,
  })
  const app = `${new URL('./poison-app.ts', import.meta.url).href}?${query}`
  writeFileSync(`${folder}/config.json`, JSON.stringify({ app, contracts: loadRecording(dir).contracts }))
  const flags = ['--config', `${folder}/config.json`, '--data', `${folder}/data`]
  return { folder, flags, play: () => ready(['replay', dir, '--pace', '0', ...flags]) }
}

describe.each([
  ['throw', 'P1', 2, /cannot take it/],
  ['hang', 'P2', 3, /did not end/],
] as const)('a transaction that makes the decoder %s', (does, line, generation, reason) => {
  it(`[${line}] [P3] is set aside alone, told, and put in its place once the app is mended`, async () => {
    const { folder, flags, play } = setUp(does)
    const poisoned = all.filter(({ type, txHash }) => type === 'escrow_refunded' || txHash === poison?.txHash)
    const hashes = new Set(poisoned.map(({ txHash }) => txHash))
    const running = await play()
    expect(await logUpTo(running, to)).toEqual(all.filter(({ txHash }) => !hashes.has(txHash)))

    const { body } = await get(running, '/api/realtime/quarantine')
    const set = body['transactions'] as { txHash: string; reason: string; bytes: string }[]
    expect(new Set(set.map(({ txHash }) => txHash))).toEqual(hashes)
    for (const each of set) {
      expect(each.reason).toMatch(reason)
      expect(JSON.parse(Buffer.from(each.bytes, 'base64').toString())).toHaveProperty('events')
    }
    expect(await get(running, '/api/realtime/health')).toMatchObject({
      ...{ status: 200, body: { health: { healthy: true, status: 'degraded', quarantined: hashes.size } } },
    })
    const metrics = await (await fetch(`${running.http}/metrics`)).text()
    expect(metrics).toContain(`\nseiche_ledger_quarantined ${hashes.size}\n`)
    expect(metrics).toContain('\nseiche_degraded{reason="quarantine"} 1\n')
    const { body: tree } = await get(running, '/api/realtime/actors')
    const actors = tree['actors'] as Record<string, { generation: number }>
    expect(actors['event-decoder']?.generation).toBe(1 + (generation - 1) * hashes.size)
    expect(actors['event-store']?.generation).toBe(1)
    await running.kill('SIGTERM')

    writeFileSync(`${folder}/mended`, '')
    expect(await command(['requeue', ...flags, '--log', 'json']).exited).toBe(0)
    const again = await play()
    expect(await logUpTo(again, to)).toEqual(all)
    expect((await get(again, '/api/realtime/quarantine')).body).toMatchObject({ count: 0, transactions: [] })
    expect((await get(again, '/api/realtime/health')).body).toMatchObject({
      health: { status: 'healthy', degraded: [] },
    })
  }, 120_000)
})
