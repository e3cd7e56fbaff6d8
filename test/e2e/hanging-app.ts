/** SeiMoney with a catalogue that hangs: at one event, the first time only, as a bug in somebody's regular expression would. */
import { existsSync, writeFileSync } from 'node:fs'
import type { App } from '../../src/events/app.ts'
import seimoney from '../../src/seimoney/app.ts'

/** Made before hanging, so that the next generation does not hang again. Its path is in the module's own query. */
const mark = new URL(import.meta.url).searchParams.get('mark') ?? ''
const VICTIM = '5'

const app: App = {
  ...seimoney,
  catalogue: {
    ...seimoney.catalogue,
    map: (event, message) => {
      if (event.name === 'seimoney.create_transfer' && event.attributes['id'] === VICTIM && !existsSync(mark)) {
        writeFileSync(mark, '')
        hang()
      }
      return seimoney.catalogue.map(event, message)
    },
  },
}

function hang(): never {
  let n = 0
  for (;;) n = (n * 31 + 7) % 1_001
}

export default app
