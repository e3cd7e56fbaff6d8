/**
 * SeiMoney, with a catalogue that cannot take one transaction: `?contract=…&name=…&does=throw|hang`,
 * until the file `mended` is there.
 */
import { existsSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import type { App } from '../../src/events/app.ts'
import seimoney from '../../src/seimoney/app.ts'

const { searchParams } = new URL(import.meta.url)
const { contract, name, does, mended = '' } = Object.fromEntries(searchParams)
let seen = 0

const app: App = {
  ...seimoney,
  catalogue: {
    ...seimoney.catalogue,
    map: (event, facts) => {
      if (!isMainThread && event.contract === contract && event.name === name && !existsSync(mended)) {
        seen += 1
        if (does === 'hang') for (;;) seen = (seen * 31 + 7) % 1001
        throw new RangeError('this catalogue cannot take it')
      }
      return seimoney.catalogue.map(event, facts)
    },
  },
}

export default app
