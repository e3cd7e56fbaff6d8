/** A made chain's answers look like the recorded ones, field by field; what does not is listed here, with its reason. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Devnet } from '../../../src/devnet/devnet.ts'
import { connect, get, lines, post, RECORDINGS, rpc } from '../client.ts'
import { open } from './devnet.ts'
import { factsOf } from './facts.ts'

const ANSWERS = `${import.meta.dirname}/../../recordings/answers`

interface Recorded {
  path?: string
  request?: string
  http: number
  ctype?: string | null
  body: string
}

const CHAINS = [
  ['plain', 'wasmd', [RECORDINGS.wasmd.dir, RECORDINGS.wasmd2.dir]],
  ['base64', 'sei', [RECORDINGS.sei.dir, RECORDINGS['sei/evm, first part'].dir, RECORDINGS.sei2.dir]],
] as const

/** Facts that were not recorded, and why they are right. */
const OWN_FACTS: Readonly<Record<string, RegExp>> = {
  'an account that calls through the EVM for the first time; as recorded of a plain transfer, a nonce of zero is left out':
    /evm_tx_info \{senderAddress,txHash(,vmError)?\}$/,
  'a case that was released; recorded on the plain dialect alone': /^tx event wasm-seimoney\.release\(/,
}

/** Refusals that are worded otherwise, by what was asked, and why. */
const SCANNER = "Go's JSON scanner says where it stopped"
const HEX = "Go's words for hex that is none: the devnet takes 0x, and what is none for an unknown hash"
const OWN_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  plain: { '{bad json': SCANNER, '/tx?hash=0xundefined': HEX },
  base64: {
    '{bad json': SCANNER,
    '/tx?hash=0xundefined': HEX,
    '/tx?hash=0x00': HEX,
    [`/tx?hash=0x${'0'.repeat(64)}`]: HEX,
    '/abci_query?path="/no/such"&data=0x00': HEX,
    '/tx_search?query="bad query ((("': 'Sei knows one operator more, MATCHES',
  },
}

describe.each(CHAINS)('on the %s dialect, as on %s', (dialect, name, dirs) => {
  const folder = mkdtempSync(join(tmpdir(), 'devnet-'))
  let node: Devnet
  beforeAll(async () => {
    node = await open({ dialect, eventsPerBlock: 12, folder })
    await node.advance(80)
  })
  afterAll(async () => {
    await node.close()
    rmSync(folder, { recursive: true })
  })

  const recorded: Recorded[] = lines(ANSWERS, `${name}.ndjson`)
  const recordedIn = (file: string) => dirs.flatMap((dir) => lines(dir, file).map((answer) => answer.result ?? answer))
  const unlike = (made: unknown[], known: unknown[]): string[] => {
    const facts = new Set(known.flatMap((answer) => [...factsOf(answer)]))
    const own = Object.values(OWN_FACTS)
    const all = new Set(made.flatMap((answer) => [...factsOf(answer)]))
    return [...all].filter((fact) => !facts.has(fact) && !own.some((pattern) => pattern.test(fact)))
  }
  const everyHeight = async (method: string): Promise<unknown[]> => {
    const answers: unknown[] = []
    for (let height = 1; height <= node.head(); height++)
      answers.push((await rpc(node.url, method, { height: `${height}` })).result)
    return answers
  }

  it.each(['block', 'block_results'])('%s, of every height', async (method) => {
    const first = recorded
      .filter(({ path }) => path === `/${method}?height=1&bogus=2`)
      .map(({ body }) => JSON.parse(body))
    const known = [...recordedIn(`${method}.ndjson`), ...first.map((answer) => answer.result ?? answer)]
    expect(unlike(await everyHeight(method), known)).toEqual([])
  })

  it.each([
    'status',
    'health',
    'abci_info',
    'net_info',
    'blockchain?minHeight=2&maxHeight=50',
    'header?height=12',
    'commit?height=12',
    'validators?height=12',
    'consensus_params',
    'num_unconfirmed_txs',
    'tx_search?query="wasm-seimoney.create_transfer._contract_address EXISTS"',
    'tx_search?query="message.action CONTAINS \'Execute\' AND tx.height>=2"&per_page=100',
    'tx_search?query="tx.height=1"&per_page=5000',
    'tx_search?query="nothing.like=\'it\'"',
  ])('GET %s', async (path) => {
    const method = path.replace(/\?.*/, '')
    const answers = recorded.filter((answer) => answer.path?.replace(/^\//, '').replace(/\?.*/, '') === method)
    const likes = answers.filter(({ http }) => http === 200).map(({ body }) => JSON.parse(body))
    const results = recordedIn('block_results.ndjson').map((result) => searched(result))
    const known = [...likes, ...(method === 'tx_search' ? results.map((txs) => wrap(dialect, { txs })) : [])]
    const response = await get(node.url, `/${path}`)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(unlike([await response.json()], known)).toEqual([])
  })

  it('tx, of every transaction', async () => {
    const known = recorded.filter(({ path, http }) => path?.startsWith('/tx?') && http === 200)
    const query = { query: 'tx.height>0', per_page: '100' }
    const { txs } = (await rpc(node.url, 'tx_search', query)).result
    expect(txs).toHaveLength(100)
    const made: unknown[] = []
    for (const { hash } of txs)
      made.push(await (await get(node.url, `/tx?hash=${dialect === 'plain' ? '0x' : ''}${hash}`)).json())
    const results = recordedIn('block_results.ndjson')
      .flatMap((result) => searched(result))
      .map((tx) => wrap(dialect, tx))
    expect(unlike(made, [...known.map(({ body }) => JSON.parse(body)), ...results])).toEqual([])
    expect(made).toContainEqual(txs[0] && wrap(dialect, txs[0]))
  })

  it('abci_query: of what there is, of what there is not, of a message that is none', async () => {
    const known = recorded.filter(({ path, http }) => path?.startsWith('/abci_query') && http === 200)
    const payments = node.app.contracts().find((at) => node.app.contract(at)?.kind === 'payments') ?? ''
    const made: unknown[] = []
    for (const message of [
      { config: {} },
      { get_transfer: { id: 1 } },
      { get_transfer: { id: 99999 } },
      { no_such: {} },
    ]) {
      const data = Buffer.concat([message_(1, payments), message_(2, JSON.stringify(message))]).toString('hex')
      const params = { path: '/cosmwasm.wasm.v1.Query/SmartContractState', data }
      made.push(wrap(dialect, (await rpc(node.url, 'abci_query', params)).result))
    }
    expect(
      unlike(
        made,
        known.map(({ body }) => JSON.parse(body)),
      ),
    ).toEqual([])
  })

  const refusals = recorded.filter(
    ({ path, request, body }) =>
      !((path ?? request ?? '') in (OWN_WORDS[dialect] ?? {})) &&
      (errorIn(body) !== undefined || !body.startsWith('{')),
  )
  it.each(refusals.map((answer) => [answer.path ?? answer.request ?? '', answer] as const))(
    '%s',
    async (asked, answer) => {
      const pruned = /lowest height|can't be greater|load state at/.test(answer.body) && !asked.includes('minHeight=50')
      node.setFaults(pruned ? { prunedBelow: 50 } : /could not find results/.test(answer.body) ? { notYet: 1 } : {})
      const question = /must be less than/.test(answer.body)
        ? asked.replace(/\d{3,5}/, '99999')
        : asked.replace('height=194', 'height=60')
      const response =
        answer.path === undefined
          ? await post(node.url, question)
          : await get(node.url, `/${question.replace(/^\//, '')}`)
      node.setFaults({})
      const body = await response.text()
      expect(response.status).toBe(answer.http)
      if (answer.ctype) expect(response.headers.get('content-type')).toBe(answer.ctype)
      expect(body.replace(/\d+/g, 'N')).toBe(answer.body.replace(/\d+/g, 'N'))
    },
  )

  it('frames of every event', async () => {
    const frames = lines(ANSWERS, `${name}-frames.ndjson`).filter(({ result }) => result)
    const subscriber = await connect(node.url)
    const events = ['NewBlock', 'NewBlockHeader', 'NewBlockEvents', 'Tx']
    for (const [at, event] of events.entries()) subscriber.send(at + 1, 'subscribe', `tm.event='${event}'`)
    await subscriber.received(4)
    await node.advance(30)
    subscriber.send(9, 'health')
    await subscriber.received(subscriber.frames.length + 1)
    while (subscriber.frames.at(-1)?.id !== 9) await subscriber.received(subscriber.frames.length + 1)
    const made = subscriber.frames.slice(4, -1)
    for (const event of dialect === 'plain' ? events : ['NewBlock', 'NewBlockHeader', 'Tx']) {
      const of = (all: typeof frames) => all.filter(({ result }) => result.query === `tm.event='${event}'`)
      expect(of(made).length).toBeGreaterThan(29)
      // Which events there are, block_results tell.
      expect(unlike(of(made), of(frames)).filter((fact) => !/^(tx|block) event /.test(fact))).toEqual([])
    }
  })
})

/** A result as a GET is answered with it. */
function wrap(dialect: string, result: unknown): unknown {
  return dialect === 'plain' ? { jsonrpc: '2.0', id: -1, result } : result
}

/** Entries of a search, as the results of a block would give them. */
function searched({ height, txs_results }: { height: string; txs_results: unknown[] | null }): unknown[] {
  return (txs_results ?? []).map((tx_result, index) => ({ hash: 'A'.repeat(64), height, index, tx_result, tx: 'QQ==' }))
}

function errorIn(body: string): unknown {
  try {
    const answer = JSON.parse(body)
    return answer.error ?? (answer.message !== undefined ? answer : undefined)
  } catch {
    return undefined
  }
}

function message_(field: number, text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.of(field * 8 + 2, bytes.length), bytes])
}
