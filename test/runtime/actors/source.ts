/** Sends the numbers from `boot.from` to `boot.to` as fast as credit allows. */
import { defineActor } from '../../../src/runtime/index.ts'

export interface SourceQuestions {
  sent(): number
  trySendWithoutWaiting(times: number): number
}

defineActor<SourceQuestions, { from: number; to: number }>(({ boot, outlet, run }) => {
  const numbers = outlet<{ n: number; bytes: Uint8Array }>('numbers')
  let sent = 0
  const pump = async (): Promise<void> => {
    for (let n = boot.from; n <= boot.to; n++) {
      const bytes = new Uint8Array(8).fill(n)
      await numbers.send({ n, bytes }, [bytes.buffer])
      if (bytes.byteLength !== 0) throw new Error('the buffer was copied, not moved')
      sent += 1
    }
  }
  run(pump())
  return {
    sent: () => sent,
    trySendWithoutWaiting: (times) => {
      let accepted = 0
      for (let n = 0; n < times; n++) if (numbers.trySend({ n: -1, bytes: new Uint8Array(0) })) accepted += 1
      return accepted
    },
  }
})
