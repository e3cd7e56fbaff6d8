/** devnet: a node of our own, that plays a recorded chain or makes one, on a thread of its own so that it never stalls the fan-out. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type DevnetSettings, runDevnet } from '../src/devnet/settings.ts'
import { startTape } from '../src/devnet/tape.ts'
import type { DevnetQuestions } from '../src/protocol.ts'
import { defineActor, STOP } from '../src/runtime/index.ts'

export interface DevnetBoot {
  /** The recording to play, at × recorded speed (0: everything is there at once); or the chain to make. */
  node: { dir: string; pace: number } | DevnetSettings
  /** The port chosen before the first birth, so that a reborn node keeps its address. */
  port: number
}

/** What both have. */
interface Node {
  url: string
  head(): number
  close(): Promise<void>
}

const PORT_RETRY = 100

defineActor<DevnetQuestions, DevnetBoot>(async ({ boot }) => {
  const node = await startWhenFree(boot)
  return { url: () => node.url, head: () => node.head(), [STOP]: () => node.close() }
})

/** A predecessor that is stuck in native code keeps the port until it ends: it is waited for, as long as a birth may take. */
async function startWhenFree({ node, port }: DevnetBoot): Promise<Node> {
  for (;;) {
    try {
      return await ('dir' in node ? startTape({ ...node, port }) : runDevnet({ ...node, port }))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      await sleep(PORT_RETRY)
    }
  }
}
