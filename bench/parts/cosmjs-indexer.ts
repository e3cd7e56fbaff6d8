/**
 * The peer: what a careful developer builds from cosmjs in an afternoon. Four blocks ahead, the same calls as ours when
 * catching up (`blockchain` per 20 heights, `block_results` for each, `block` only for heights with a match), one FULL
 * transaction a block into node:sqlite, one frame an event to each WebSocket client.
 */
import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { Comet38Client } from '@cosmjs/tendermint-rpc'
import { WebSocketServer } from 'ws'
import { eachStretch } from './stretches.ts'

const [rpc = '', file = '', contractList = '', dialect = 'plain'] = process.argv.slice(2)
/** Names by address. */
const contracts = new Map(
  contractList.split(',').map((entry) => {
    const [name = '', address = ''] = entry.split('=')
    return [address, name] as const
  }),
)
const AHEAD = 4

const database = new DatabaseSync(file)
database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE event (height INT, tx INT, n INT, type TEXT, contract TEXT, hash TEXT, text TEXT, PRIMARY KEY (height, tx, n)) WITHOUT ROWID;
  CREATE INDEX by_type ON event (type, height, tx, n); CREATE INDEX by_contract ON event (contract, height, tx, n);
  CREATE INDEX by_hash ON event (hash);
  CREATE TABLE checkpoint (height INT)`)
const insert = database.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)')
const mark = database.prepare('INSERT INTO checkpoint VALUES (?)')
const all = database.prepare('SELECT text FROM event ORDER BY height, tx, n')

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
server.on('listening', () => process.send?.({ ws: `ws://127.0.0.1:${(server.address() as { port: number }).port}` }))
server.on('connection', (socket) => {
  socket.on('message', () => {
    for (const { text } of all.all()) socket.send(String(text))
  })
})

interface Indexed {
  tx: number
  n: number
  type: string
  contract: string
  hash: string
  text: string
}

const client = await Comet38Client.connect(rpc)
const base64 = dialect === 'base64'
const decode = (text: string): string => (base64 ? Buffer.from(text, 'base64').toString() : text)

async function read(height: number, time: string): Promise<Indexed[]> {
  const { results } = await client.blockResults(height)
  const found: Indexed[] = []
  for (const [tx, result] of results.entries()) {
    if (result.code !== 0) continue
    for (const [n, event] of result.events.entries()) {
      if (!event.type.startsWith('wasm-')) continue
      const data = Object.fromEntries(event.attributes.map(({ key, value }) => [decode(key), decode(value)]))
      const contract = contracts.get(data._contract_address ?? '')
      if (contract) found.push({ tx, n, type: event.type, contract, hash: '', text: JSON.stringify(data) })
    }
  }
  if (!found.length) return found
  const { block } = await client.block(height)
  for (const event of found) {
    event.hash = createHash('sha256')
      .update(block.txs[event.tx] ?? '')
      .digest('hex')
      .toUpperCase()
    const id = `${height}-${event.tx}-${event.n}`
    const data = {
      id,
      type: event.type,
      contract: event.contract,
      blockHeight: height,
      txHash: event.hash,
      timestamp: time,
      data: JSON.parse(event.text),
    }
    event.text = JSON.stringify({
      type: 'event',
      channel: 'blockchain_events',
      id,
      data,
      timestamp: new Date().toISOString(),
    })
  }
  return found
}

function commit(height: number, events: Indexed[]): void {
  database.exec('BEGIN IMMEDIATE')
  for (const { tx, n, type, contract, hash, text } of events) insert.run(height, tx, n, type, contract, hash, text)
  mark.run(height)
  database.exec('COMMIT')
  for (const { text } of events) for (const socket of server.clients) socket.send(text)
}

async function index(from: number, to: number): Promise<void> {
  const ahead: Promise<Indexed[]>[] = []
  let times = new Map<number, string>()
  let asked = from - 1
  for (let height = from; height <= to; height++) {
    while (ahead.length < AHEAD && asked < to) {
      asked += 1
      if (!times.has(asked)) {
        const { blockMetas } = await client.blockchain(asked, Math.min(asked + 19, to))
        times = new Map([
          ...times,
          ...blockMetas.map(({ header }) => [header.height, header.time.toISOString()] as const),
        ])
      }
      ahead.push(read(asked, times.get(asked) ?? ''))
    }
    commit(height, (await ahead.shift()) ?? [])
  }
}

eachStretch(index)
