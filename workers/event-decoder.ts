/** event-decoder: bytes of hit transactions in, typed records out. No network, no disk. */
import { writeSync } from 'node:fs'
import { createDecoder } from '../src/chain/decode/decode.ts'
import type { Suspect } from '../src/chain/decode/poison.ts'
import type { ScannedRange, WatchedContract } from '../src/chain/decode/types.ts'
import { loadApp } from '../src/events/app.ts'
import type { DecodedRange } from '../src/events/types.ts'
import type { EventDecoderQuestions } from '../src/protocol.ts'
import { defineActor } from '../src/runtime/index.ts'

export interface EventDecoderBoot {
  contracts: WatchedContract[]
  /** URL of the app module; none: plain events. */
  app: string | undefined
  /** Heights at which earlier generations died. */
  suspects: Suspect[]
}

/** Main serves everybody: when it stands still for so long the process ends, for its supervisor to start anew, ms (D24). */
const MAIN_STALL = 30_000

defineActor<EventDecoderQuestions, EventDecoderBoot>(
  async ({ boot, inlet, outlet, progress, run, watchSupervisor }) => {
    watchSupervisor(MAIN_STALL, endProcess)
    const { contracts, suspects } = boot
    const decoder = createDecoder({ contracts, suspects, progress, app: await loadApp(boot.app) })
    const records = outlet<DecodedRange>('records')
    run(
      inlet<ScannedRange>('hits').each(async (range) => {
        await records.send(decoder.decode(range))
      }),
    )
    return { stats: () => decoder.stats() }
  },
)

/** Written by this thread itself: the log goes through main. */
function endProcess(milliseconds: number): void {
  writeSync(
    2,
    `${JSON.stringify({ level: 'fatal', msg: 'the main thread is stuck; the process ends', milliseconds })}\n`,
  )
  process.kill(process.pid, 'SIGABRT')
}
