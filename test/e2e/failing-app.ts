/** SeiMoney with a join that always throws. */
import type { App } from '../../src/events/app.ts'
import seimoney from '../../src/seimoney/app.ts'

const app: App = {
  ...seimoney,
  catalogue: {
    ...seimoney.catalogue,
    join: () => {
      throw new RangeError('this join fails')
    },
  },
}

export default app
