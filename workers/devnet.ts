/** devnet: plays a recorded chain as a node would, on a thread of its own so that it never stalls the fan-out. */
import { setTimeout as sleep } from 'node:timers/promises'
import { startTape, type Tape } from '../src/devnet/tape.ts'
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

const PORT_RETRY = 100

defineActor<DevnetQuestions, DevnetBoot>(async ({ boot }) => {
  const tape = await startWhenFree(boot)
  return { url: () => tape.url, head: () => tape.head(), [STOP]: () => tape.close() }
})

/** A predecessor that is stuck in native code keeps the port until it ends: it is waited for, as long as a birth may take. */
async function startWhenFree(options: DevnetBoot): Promise<Tape> {
  for (;;) {
    try {
      return await startTape(options)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      await sleep(PORT_RETRY)
    }
  }
}
