/**
 * A devnet in a process of its own. At each message `{advance: n}` it makes so many blocks, and tells of each when its
 * results could be had: by the monotonic clock, which all processes of a machine share. `hidden`: until the message
 * `{go: true}` only the first of the blocks made in advance is seen.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Dialect } from '../../src/chain/decode/types.ts'
import { devnetContracts, runDevnet } from '../../src/devnet/settings.ts'

const [given = 'plain', events = '20', made = '40', hidden] = process.argv.slice(2)
const dialect = given as Dialect
const folder = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('disconnect', () => process.exit())

const node = await runDevnet({
  ...{ folder, dialect, seed: 1, blockTime: 0, eventsPerBlock: Number(events), port: 0 },
})
await node.advance(Number(made)) // the users have something to go on with
const head = node.head()
if (hidden) node.setFaults({ lag: head - 1 })
const contracts = Object.entries(devnetContracts(dialect)).map(([name, address]) => `${name}=${address}`)
process.send?.({ url: node.url, contracts: contracts.join(), events: node.said().events, head })

process.on('message', async (message: { advance?: number; go?: true }) => {
  if (message.go) node.setFaults({})
  for (let n = 0; n < (message.advance ?? 0); n++) {
    const before = node.said().events
    await node.advance()
    const at = Number(process.hrtime.bigint()) / 1e6
    process.send?.({ height: node.head(), at, events: node.said().events - before })
  }
})
