/** Commits three events a block, block after block, until it is killed. */
import { plainApp } from '../../src/events/app.ts'
import { openWriter } from '../../src/store/writer.ts'
import { block, CONTRACTS, range, record } from './support.ts'

const writer = openWriter({ path: process.argv[2] ?? '', app: plainApp, contracts: CONTRACTS })
for (let height = writer.checkpoint().height + 1; ; height++) {
  writer.commit(range([block(height, [record(0, 0), record(0, 1), record(1, 0)])]))
  if (height % 5 === 0) process.stdout.write('.')
}
