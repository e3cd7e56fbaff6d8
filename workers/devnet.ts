/** devnet: plays a recorded chain as a node would, on a thread of its own so that it never stalls the fan-out. */
import { startTape } from '../src/devnet/tape.ts'
import type { DevnetQuestions } from '../src/protocol.ts'
import { defineActor, STOP } from '../src/runtime/index.ts'

export interface DevnetBoot {
  /** Folder of the recording. */
  dir: string
  /** × recorded speed; 0 = everything is there at once. */
  pace: number
  /** The port chosen before the first birth, so that a reborn node keeps its address. */
  port: number
}

defineActor<DevnetQuestions, DevnetBoot>(async ({ boot }) => {
  const tape = await startTape(boot)
  return { url: () => tape.url, head: () => tape.head(), [STOP]: () => tape.close() }
})
