/** Remembers what it received; takes its time when told to. */
import { defineActor } from '../../../src/runtime/index.ts'

export interface SinkQuestions {
  received(): number[]
  mostWaiting(): number
  open(): void
  crashOn(n: number): void
}

defineActor<SinkQuestions, { closed: boolean }>(({ boot, inlet, run }) => {
  const numbers = inlet<{ n: number; bytes: Uint8Array }>('numbers')
  const received: number[] = []
  let mostWaiting = 0
  let open = !boot.closed
  let crashOn: number | undefined
  let release: (() => void) | undefined
  run(
    numbers.each(async ({ n, bytes }) => {
      if (!open) await new Promise<void>((resolve) => (release = resolve))
      mostWaiting = Math.max(mostWaiting, numbers.waiting)
      if (n === crashOn) throw new Error(`sink can't stand ${n}`)
      if (n >= 0 && bytes[0] !== n % 256) throw new Error('wrong bytes')
      received.push(n)
    }),
  )
  return {
    received: () => received,
    mostWaiting: () => mostWaiting,
    open: () => {
      open = true
      release?.()
    },
    crashOn: (n) => {
      crashOn = n
    },
  }
})
