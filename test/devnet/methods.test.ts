import { createHash } from 'node:crypto'
import { Comet38Client, HttpClient } from '@cosmjs/tendermint-rpc'
import { describe, expect, it } from 'vitest'
import { get, json, lines, post, RECORDINGS, rpc, tape, texts } from './client.ts'

const { wasmd, wasmd2, sei, sei2, autobahn2 } = RECORDINGS

describe.each(Object.entries(RECORDINGS))('%s', (name, { dir, from, to, sei: isSei }) => {
  const recorded = (file: string) =>
    lines(dir, file)
      .map((answer) => answer.result ?? answer)
      .filter((result) => {
        const height = Number(result.height ?? result.block.header.height)
        return from <= height && height <= to
      })

  it('answers block and block_results of every height as recorded, one by one and in batches', async () => {
    const { url } = await tape({ dir, from, to })
    for (const [method, file] of [
      ['block', 'block.ndjson'],
      ['block_results', 'block_results.ndjson'],
    ] as const) {
      const expected = recorded(file)
      const request = (height: number) => ({ jsonrpc: '2.0', id: height, method, params: { height: `${height}` } })
      const heights = Array.from({ length: to - from + 1 }, (_, index) => from + index)
      const answers: unknown[] = []
      for (let start = 0; start < heights.length; start += 10) {
        const answer = await json(post(url, heights.slice(start, start + 10).map(request)))
        answers.push(...[answer].flat())
      }
      expect(answers).toEqual(expected.map((result, index) => ({ jsonrpc: '2.0', id: from + index, result })))
      expect(await rpc(url, method, { height: `${to}` })).toEqual({ jsonrpc: '2.0', id: 1, result: expected.at(-1) })
    }
  })

  it('answers GET in its envelope with id -1 on CometBFT, bare on Sei, and the result byte for byte as recorded', async () => {
    const { url } = await tape({ dir, from, to })
    for (const method of ['block', 'block_results']) {
      const line = texts(dir, `${method}.ndjson`).find((text) => text.includes(`"height":"${to}"`)) ?? ''
      const result = line.replace(/^\{"jsonrpc":"2.0","id":-?1,"result":(.*)\}$/s, '$1')
      const text = await (await get(url, `/${method}?height=${to}`)).text()
      expect(text).toBe(isSei ? result : `{"jsonrpc":"2.0","id":-1,"result":${result}}`)
    }
  })

  it('status shows the head, the lowest height and the chain', async () => {
    const { url } = await tape({ dir, from, to })
    const { result } = await rpc(url, 'status')
    const { header } = recorded('block.ndjson').at(-1).block
    expect(result.node_info.network).toBe(header.chain_id)
    expect(result.sync_info).toMatchObject({
      latest_block_height: `${to}`,
      latest_block_time: name === 'autobahn2' ? '1970-01-01T00:00:00Z' : header.time,
      earliest_block_height: name === 'autobahn2' ? '0' : `${from}`,
      catching_up: name === 'autobahn2',
    })
  })
})

describe('compared with other recorded answers', () => {
  it.each([
    ['wasmd2', wasmd2],
    ['sei2', sei2],
  ])('%s: blockchain equals the recorded one, but for block_size', async (_name, { dir }) => {
    const { url } = await tape({ dir })
    const bare = (metas: Record<string, unknown>[]) => metas.map(({ block_size: _, ...meta }) => meta)
    for (const { request, body } of lines(dir, 'blockchain.ndjson')) {
      const answer = await rpc(url, 'blockchain', JSON.parse(request).params)
      expect(bare(answer.result.block_metas)).toEqual(bare(JSON.parse(body).result.block_metas))
    }
  })

  it('autobahn2: blockchain is refused with the recorded error', async () => {
    const { url } = await tape({ dir: autobahn2.dir })
    for (const { request, body } of lines(autobahn2.dir, 'blockchain.ndjson'))
      expect(await rpc(url, 'blockchain', JSON.parse(request).params)).toEqual(JSON.parse(body))
    expect((await rpc(url, 'commit', { height: '60' })).error?.data).toBe(
      "height must be less than or equal to the head of the node's blockchain (requested height: 60, blockchain height: 0)",
    )
  })

  it.each([
    ['wasmd2', wasmd2],
    ['sei2', sei2],
    ['autobahn2', autobahn2],
  ])('%s: status equals the recorded one at the same height, in all a reader uses', async (_name, { dir }) => {
    const [first] = lines(dir, 'status.ndjson')
    const expected = JSON.parse(first.body).result
    const { latest_block_height, latest_block_hash, latest_block_time, catching_up } = expected.sync_info
    const { url } = await tape({ dir, head: Number(latest_block_height) })
    const { result } = await rpc(url, 'status')
    expect(result.sync_info).toMatchObject({ latest_block_height, latest_block_hash, latest_block_time, catching_up })
    expect(result.node_info.version).toBe(expected.node_info.version)
    expect(Object.keys(expected)).toEqual(expect.arrayContaining(Object.keys(result)))
    expect(Object.keys(expected.sync_info)).toEqual(expect.arrayContaining(Object.keys(result.sync_info)))
  })

  it.each([
    ['wasmd2', wasmd2],
    ['sei2', sei2],
    ['autobahn2', autobahn2],
  ])('%s: ContractInfo equals the recorded answers, the one for a plain account too', async (_name, { dir }) => {
    const { url } = await tape({ dir })
    for (const { request, body } of lines(dir, 'contract_info.ndjson')) {
      const { response } = (await rpc(url, 'abci_query', JSON.parse(request).params)).result
      expect({ ...response, height: '' }).toEqual({ ...JSON.parse(body).result.response, height: '' })
    }
  })
})

describe('ContractInfo made from deploy.json', () => {
  async function created(dir: string, address: string): Promise<string> {
    const { url } = await tape({ dir })
    const data = Buffer.concat([Buffer.of(0x0a, address.length), Buffer.from(address)]).toString('hex')
    const answer = await rpc(url, 'abci_query', { path: '/cosmwasm.wasm.v1.Query/ContractInfo', data })
    return Buffer.from(answer.result.response.value, 'base64').toString('hex')
  }

  it('holds the created height on CometBFT', async () => {
    // field 5 of ContractInfo (length 2): field 1 of AbsoluteTxPosition = 84
    expect(await created(wasmd.dir, 'wasm14hj2tavq8fpesdwxxcu44rty3hh90vhujrvcmstl4zr3txmfvw9s0phg4d')).toMatch(
      /2a020854$/,
    )
  })

  it('holds none on Sei, which redacts it', async () => {
    const value = await created(sei.dir, 'sei12fykm2xhg5ces2vmf4q2aem8c958exv3v0wmvrspa8zucrdwjeds2e2ntx')
    expect(value).toMatch(new RegExp(`${Buffer.from('payments').toString('hex')}$`))
  })

  it('other queries are unknown', async () => {
    const { url } = await tape({ dir: wasmd.dir })
    const { result } = await rpc(url, 'abci_query', { path: '/no/such', data: '' })
    expect(result.response).toMatchObject({ code: 6, log: 'unknown query path: unknown request', codespace: 'sdk' })
  })
})

describe('tx', () => {
  it.each([
    ['wasmd2', wasmd2, (hash: string) => Buffer.from(hash, 'hex').toString('base64'), '0x'],
    ['sei2', sei2, (hash: string) => hash, ''],
  ] as const)(
    "%s: every transaction is found by its hash in the chain's own encoding",
    async (_name, { dir }, encode, prefix) => {
      const { url } = await tape({ dir })
      const results = lines(dir, 'block_results.ndjson')
      for (const [at, { result }] of lines(dir, 'block.ndjson').entries())
        for (const [index, tx] of (result.block.data.txs as string[]).entries()) {
          const hash = createHash('sha256').update(Buffer.from(tx, 'base64')).digest('hex').toUpperCase()
          const found = {
            hash,
            height: result.block.header.height,
            index,
            tx_result: results[at].result.txs_results[index],
            tx,
          }
          expect((await rpc(url, 'tx', { hash: encode(hash) })).result).toEqual(found)
          if (index > 0) continue
          const got = await json(get(url, `/tx?hash=${prefix}${hash}`))
          expect(got.result ?? got).toEqual(found)
        }
    },
  )

  it('is not found when unknown, above the head, or under Autobahn', async () => {
    const unknown = 'AB'.repeat(32)
    const plain = await tape({ dir: wasmd2.dir, head: 20 })
    const later = createHash('sha256')
      .update(Buffer.from(lines(wasmd2.dir, 'block.ndjson')[100].result.block.data.txs[0], 'base64'))
      .digest('base64')
    const base64 = Buffer.from(unknown, 'hex').toString('base64')
    expect((await rpc(plain.url, 'tx', { hash: base64 })).error?.data).toBe(`tx (${unknown}) not found`)
    expect((await rpc(plain.url, 'tx', { hash: later })).error?.data).toMatch(/not found$/)
    const autobahn = await tape({ dir: autobahn2.dir })
    const blocks = lines(autobahn2.dir, 'block.ndjson')
    const [tx] = blocks.flatMap(({ result }) => result.block.data.txs)
    const hash = createHash('sha256').update(Buffer.from(tx, 'base64')).digest('hex').toUpperCase()
    expect((await rpc(autobahn.url, 'tx', { hash })).error?.data).toBe(`tx (${hash}) not found, err: %!w(<nil>)`)
  })
})

it("header and commit belong to the block; the last one's commit was not recorded", async () => {
  const { url } = await tape({ dir: wasmd2.dir })
  const { result } = await rpc(url, 'commit', { height: '100' })
  const block = (await rpc(url, 'block', { height: '100' })).result
  expect((await rpc(url, 'header', { height: '100' })).result).toEqual({ header: block.block.header })
  expect(result.signed_header.header).toEqual(block.block.header)
  expect(result.signed_header.commit.block_id).toEqual(block.block_id)
  expect(result.canonical).toBe(true)
  expect((await rpc(url, 'commit', { height: '192' })).error?.data).toBe('the commit of height 192 was not recorded')
})

it('an unmodified cosmjs reads the plain tape', async () => {
  const { url } = await tape({ dir: wasmd2.dir })
  const client = Comet38Client.create(new HttpClient(url))
  expect((await client.status()).syncInfo).toMatchObject({ latestBlockHeight: 192, catchingUp: false })
  const [withTxs] = lines(wasmd2.dir, 'block_results.ndjson').filter(({ result }) => result.txs_results?.length > 2)
  const height = Number(withTxs.result.height)
  const [block, results] = [await client.block(height), await client.blockResults(height)]
  expect(block.block.txs.length).toBe(withTxs.result.txs_results.length)
  expect(results.results.map(({ events }) => events.length)).toEqual(
    withTxs.result.txs_results.map(({ events }: { events: unknown[] }) => events.length),
  )
  const { lastHeight, blockMetas } = await client.blockchain(15, 192)
  expect(lastHeight).toBe(192)
  expect(blockMetas.map(({ header }) => header.height)).toEqual(Array.from({ length: 20 }, (_, back) => 192 - back))
  expect((await client.commit(100)).commit.height).toBe(100)
  expect(
    (
      await client.tx({
        hash: createHash('sha256')
          .update(block.block.txs[0] as Uint8Array)
          .digest(),
      })
    ).height,
  ).toBe(height)
  await client.health()
  client.disconnect()
})
