/** Commits four events a block and deletes what is too old, on and on, until it is killed. */
import { plainApp } from '../../src/events/app.ts'
import { openWriter } from '../../src/store/writer.ts'
import { fourOf } from './retention.ts'
import { CONTRACTS, range } from './support.ts'

const writer = openWriter({
  ...{ path: process.argv[2] ?? '', app: plainApp, contracts: CONTRACTS, retain: { events: 1_000 } },
})
for (let height = writer.checkpoint().height + 1; ; height += 5) {
  writer.commit(range(Array.from({ length: 5 }, (_, n) => fourOf(height + n))))
  if (writer.cut()) process.stdout.write('.')
}
