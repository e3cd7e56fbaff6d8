/** Rebuilds the toy's projections, block by block, again and again, until it is killed. */
import { openWriter } from '../../src/store/writer.ts'
import { CONTRACTS } from './support.ts'
import { toyApp } from './toy-app.ts'

const writer = openWriter({ path: process.argv[2] ?? '', app: toyApp(), contracts: CONTRACTS })
for (;;) {
  writer.rebuild()
  process.stdout.write('.')
  while (writer.replay(0) !== 'nothing');
}
