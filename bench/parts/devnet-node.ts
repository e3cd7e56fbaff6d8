/**
 * A devnet in a process of its own. At each message `{advance: n}` it makes so many blocks, and tells of each when its
 * results could be had: by the monotonic clock, which all processes of a machine share. With heights given, the chain is
 * made up to the last of them in advance, shows its first block only, and at the message `{go: height}` what is up to there.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Dialect } from '../../src/chain/decode/types.ts'
import { devnetContracts, runDevnet } from '../../src/devnet/settings.ts'

const [given = 'plain', events = '20', ...heights] = process.argv.slice(2)
const dialect = given as Dialect
const folder = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('disconnect', () => process.exit())

const node = await runDevnet({
  ...{ folder, dialect, seed: 1, blockTime: 0, eventsPerBlock: Number(events), port: 0 },
})
const stretches: { height: number; events: number }[] = []
for (const height of heights.length ? heights.map(Number) : [node.head() + 40]) {
  await node.advance(height - node.head()) // the users have something to go on with
  stretches.push({ height, events: node.said().events })
}
const made = node.head()
const show = (height: number): void => node.setFaults({ lag: made - height })
if (heights.length) show(1)
const contracts = Object.entries(devnetContracts(dialect)).map(([name, address]) => `${name}=${address}`)
process.send?.({ url: node.url, contracts: contracts.join(), stretches })

process.on('message', async (message: { advance?: number; go?: number }) => {
  if (message.go) show(message.go)
  for (let n = 0; n < (message.advance ?? 0); n++) {
    const before = node.said().events
    await node.advance()
    const at = Number(process.hrtime.bigint()) / 1e6
    process.send?.({ height: node.head(), at, events: node.said().events - before })
  }
})
