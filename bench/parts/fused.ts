/**
 * The code of Seiche in one thread, without actors: fetch and scan, decode, commit, publish, one range after the other.
 * What the actors cost is what Seiche uses more than this. At the message `{go: height}` it goes on up to there.
 */
import { createDecoder } from '../../src/chain/decode/decode.ts'
import type { Dialect, ScannedRange } from '../../src/chain/decode/types.ts'
import { fetchAndScan, RANGE_LIMIT } from '../../src/chain/read/fetch-range.ts'
import { loadApp } from '../../src/events/app.ts'
import { openWriter } from '../../src/store/writer.ts'
import { openHub } from './hub.ts'
import { eachStretch } from './stretches.ts'

const [url = '', path = '', contractList = '', dialect = 'plain'] = process.argv.slice(2)
process.on('disconnect', () => process.exit())
const contracts = contractList.split(',').map((entry) => {
  const [name = '', address = ''] = entry.split('=')
  return { name, address }
})
const addresses = contracts.map(({ address }) => address)
/** So far behind nothing is pushed: clients read the log, as they do then in Seiche (D15). */
const BEHIND = 64

const app = await loadApp(new URL('../../src/seimoney/app.ts', import.meta.url).href)
const writer = openWriter({ path, app, contracts, chainId: undefined, retain: 'all' })
const decoder = createDecoder({ contracts, app })
const { hub, websocket } = await openHub(path, app)
process.send?.({ ws: `ws://127.0.0.1:${websocket}` })

const fetched = (from: number, to: number): Promise<ScannedRange> =>
  fetchAndScan({
    ...{ url, headers: {}, from, to: Math.min(to, from + RANGE_LIMIT - 1), addresses },
    ...{ dialect: dialect as Dialect, deadlineMs: 10_000 },
  })

async function index(from: number, to: number): Promise<void> {
  let next = fetched(from, to)
  for (let at = from; at <= to; at += RANGE_LIMIT) {
    const range = await next
    if (at + RANGE_LIMIT <= to) next = fetched(at + RANGE_LIMIT, to)
    const committed = writer.commit(decoder.decode(range))
    if (!committed) continue
    const state = to - committed.height > BEHIND ? 'syncing' : 'live'
    hub.sync({ state, indexedHeight: committed.height, headHeight: to })
    hub.committed(committed)
  }
}

eachStretch(index)
