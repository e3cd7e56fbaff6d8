/** An actor that answers what it is asked, and handles items by doing nothing. */
import { defineActor } from '../../src/runtime/index.ts'

export interface Echo {
  echo(value: number): number
}

defineActor<Echo>(({ inlet, run }) => {
  run(inlet<unknown>('items').eachBatch(() => undefined))
  return { echo: (value) => value }
})
