/** A chain on disk: what was served is there again, and goes on as if nothing had been. */
import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rpc } from '../client.ts'
import { devnet, genesisOf, open, temporaryFolder } from './devnet.ts'

const FILES = ['blocks.ndjson', 'results.ndjson', 'index.ndjson'] as const
const contents = (folder: string) => FILES.map((file) => readFileSync(join(folder, file), 'utf8'))

describe.each(['plain', 'base64'] as const)('a chain of the %s dialect', (dialect) => {
  it('is the same to the byte for the same seed, however it was made and interrupted', async () => {
    const [whole, parts] = [temporaryFolder(), temporaryFolder()]
    const straight = await open({ dialect, folder: whole, eventsPerBlock: 5 })
    await straight.advance(60)
    const said = straight.said()
    await straight.close()
    for (const blocks of [20, 1, 39]) {
      const again = await open({ dialect, folder: parts, eventsPerBlock: 5 })
      await again.advance(blocks)
      await again.close()
    }
    expect(contents(parts)).toEqual(contents(whole))
    const reopened = await devnet({ dialect, folder: parts, eventsPerBlock: 5 })
    expect(reopened.said()).toEqual(said)
    expect(said.events).toBeGreaterThan(100)
  })

  it('is executed again from its beginning when there is no snapshot', async () => {
    const folder = temporaryFolder()
    const first = await open({ dialect, folder, eventsPerBlock: 5 })
    await first.advance(30)
    const said = first.said()
    await first.close()
    rmSync(join(folder, 'snapshot.json'))
    const second = await devnet({ dialect, folder, eventsPerBlock: 5 })
    expect(second.said()).toEqual(said)
    await second.advance(5)
    expect(second.head()).toBe(36)
  })

  it('links every block to the one before it', async () => {
    const node = await devnet({ dialect, eventsPerBlock: 2 })
    await node.advance(19)
    const { block_metas } = (await rpc(node.url, 'blockchain', { minHeight: '1', maxHeight: '20' })).result
    const metas = block_metas.toReversed()
    expect(metas).toHaveLength(20)
    for (const [at, { header }] of metas.entries())
      expect(header.last_block_id.hash).toBe(at === 0 ? '' : metas[at - 1].block_id.hash)
  })
})

describe('after a crash', () => {
  const crashed = async (): Promise<string> => {
    const folder = temporaryFolder()
    const node = await open({ folder, eventsPerBlock: 3 })
    await node.advance(9)
    await node.close()
    rmSync(join(folder, 'snapshot.json'))
    return folder
  }

  it.each(FILES)('half a line at the end of %s is cut off', async (file) => {
    const folder = await crashed()
    const before = contents(folder)
    appendFileSync(join(folder, file), '[12345,"ha')
    const node = await devnet({ folder, eventsPerBlock: 3 })
    expect(node.head()).toBe(10)
    expect(contents(folder)).toEqual(before)
  })

  it.each(FILES)(
    'a last line of %s that is cut takes its height with it, which is then made again alike',
    async (file) => {
      const folder = await crashed()
      const before = contents(folder)
      const path = join(folder, file)
      truncateSync(path, readFileSync(path).length - 3)
      const node = await devnet({ folder, eventsPerBlock: 3 })
      expect(node.head()).toBe(9)
      await node.advance()
      expect(contents(folder)).toEqual(before)
    },
  )
})

describe('a folder is refused', () => {
  it('that holds another chain, saying which and what to do', async () => {
    const folder = temporaryFolder()
    await (await open({ folder })).close()
    await expect(open({ folder, dialect: 'base64' })).rejects.toMatchObject({
      code: 'E_DEVNET_FOLDER',
      message: expect.stringMatching(/seiche-devnet-1 \(dialect plain\).*--reset/),
    })
    const other = { ...genesisOf('plain'), chainId: 'other-1' }
    await expect(open({ folder, genesis: other })).rejects.toMatchObject({ code: 'E_DEVNET_FOLDER' })
  })

  it('whose blocks leave another state than they did', async () => {
    const folder = temporaryFolder()
    const node = await open({ folder, eventsPerBlock: 3 })
    await node.advance(5)
    await node.close()
    rmSync(join(folder, 'snapshot.json'))
    const path = join(folder, 'genesis.json')
    const file = JSON.parse(readFileSync(path, 'utf8'))
    for (const coins of Object.values<Record<string, string>>(file.genesis.balances)) coins['usei'] = '12345678'
    writeFileSync(path, JSON.stringify(file))
    await expect(open({ folder, eventsPerBlock: 3 })).rejects.toMatchObject({
      code: 'E_DEVNET_FOLDER',
      message: expect.stringMatching(/executing block \d+ again gives another state/),
    })
  })

  it('of another version', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'genesis.json'), '{"version":0}')
    await expect(open({ folder })).rejects.toMatchObject({ code: 'E_DEVNET_FOLDER' })
  })
})

it('makes blocks by the clock, each later than the one before, until it is closed', async () => {
  const folder = temporaryFolder()
  const node = await open({ folder, blockTime: 4, clock: 'wall' })
  while (node.head() < 20) await new Promise((resolve) => setTimeout(resolve, 5))
  await node.close()
  await node.close()
  const times = contents(folder)[0]!
    .split('\n', 20)
    .map((line) => Date.parse(JSON.parse(line).block.header.time))
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
})
