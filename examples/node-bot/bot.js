// A program that does something about each event, once, also across restarts:
//   npm start                                             (in another terminal)
//   npm run example examples/node-bot/bot.js
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createClient } from 'seiche/client'

const [url = 'ws://127.0.0.1:8081', file = 'positions.json'] = process.argv.slice(2)

/** Where the bot was, kept in a file: what `localStorage` is in a browser. */
const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
const positions = {
  getItem: (key) => kept[key] ?? null,
  setItem: (key, value) => save({ [key]: value }),
  removeItem: (key) => save({ [key]: undefined }),
}
function save(change) {
  Object.assign(kept, change)
  writeFileSync(`${file}.new`, JSON.stringify(kept))
  renameSync(`${file}.new`, file) // a crash leaves the one or the other, whole
}

const seiche = createClient(url, { positions })
seiche.on('outage', (kind) => console.error(`the connection is ${kind}`))
seiche.on('error', ({ code, message }) => console.error(code, message))

for await (const { id, type, data } of seiche.events('transfers', { since: existsSync(file) ? 'last' : '0-0-0' })) {
  console.log(`${id} ${type} ${data.amount ?? ''} ${data.denom ?? ''}`.trim()) // here is what the bot does
}
