import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { devnetContracts } from '../../src/devnet/settings.ts'
import { digestOfLog, type Said } from './devnet-said.ts'
import { currentBlock, get, type Running, ready, temporaryFolder, until } from './seiche.ts'

/** How far each run goes; the whole of it by `npm run test:long`. */
const LONG = process.env['LONG'] === '1'

/** Plain events, so that their data are the chain's own attributes: what is compared went through no catalogue. */
async function dev(dialect: string, data: string, flags: string[]): Promise<Running> {
  const config = join(data, 'plain.json')
  const contracts = devnetContracts(dialect === 'sei' ? 'base64' : 'plain')
  writeFileSync(config, JSON.stringify({ contracts }))
  return await ready(['dev', '--dialect', dialect, '--data', data, '--config', config, '--rpc-port', '0', ...flags])
}

async function said(running: Running): Promise<Said> {
  const { rpc } = (await running.line(({ msg }) => msg === 'ready')) as unknown as { rpc: string }
  return (await (await fetch(`${rpc}/devnet/said`)).json()) as Said
}

async function indexedUpTo(running: Running, height: number): Promise<void> {
  const ended = running.exited.then((code) => {
    throw new Error(
      `it ended with ${code}: ${running.lines
        .slice(-5)
        .map((line) => JSON.stringify(line))
        .join('\n')}`,
    )
  })
  const there = until(
    () => get(running, '/api/realtime/status'),
    ({ body }) => currentBlock(body) >= height,
  )
  await Promise.race([there, ended])
}

describe.each(['sei', 'plain'])('a devnet that speaks %s', (dialect) => {
  it.each([
    { what: '250 blocks a second', flags: ['--block-time', '4', '--events', '2'], heights: LONG ? 100_000 : 1_500 },
    { what: '1,000 events a block', flags: ['--block-time', '200', '--events', '1000'], heights: LONG ? 500 : 20 },
  ])(
    'at $what: the log holds exactly what the chain says it did, over a kill -9 and a restart',
    async ({ flags, heights }) => {
      const data = temporaryFolder()
      const first = await dev(dialect, data, [...flags, '--seed', '3'])
      await indexedUpTo(first, heights / 2)
      await first.kill('SIGKILL')
      const second = await dev(dialect, data, [...flags, '--seed', '3'])
      await indexedUpTo(second, heights)
      expect(await second.kill('SIGTERM')).toBe(0)
      const last = await dev(dialect, data, ['--block-time', '0', '--events', '0', '--seed', '3'])
      const chain = await said(last)
      await indexedUpTo(last, chain.height)
      expect(chain.height).toBeGreaterThanOrEqual(heights)
      expect(chain.events).toBeGreaterThan(heights)
      const { height, ...did } = chain
      expect(await digestOfLog(last)).toEqual(did)
      expect(currentBlock((await get(last, '/api/realtime/status')).body)).toBe(height)
    },
    LONG ? 3_600_000 : 300_000,
  )
})
