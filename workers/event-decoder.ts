/** event-decoder: bytes of hit transactions in, typed records out. No network, no disk. */
import { createDecoder } from '../src/chain/decode/decode.ts'
import type { ScannedRange, WatchedContract } from '../src/chain/decode/types.ts'
import { loadApp } from '../src/events/app.ts'
import type { DecodedRange } from '../src/events/types.ts'
import type { EventDecoderQuestions } from '../src/protocol.ts'
import { defineActor } from '../src/runtime/index.ts'

export interface EventDecoderBoot {
  contracts: WatchedContract[]
  /** URL of the app module; none: plain events. */
  app: string | undefined
}

defineActor<EventDecoderQuestions, EventDecoderBoot>(async ({ boot, inlet, outlet, progress, run }) => {
  const decoder = createDecoder({ contracts: boot.contracts, app: await loadApp(boot.app) })
  const records = outlet<DecodedRange>('records')
  run(
    inlet<ScannedRange>('hits').each(async (range) => {
      progress(range.blocks[0]?.height ?? 0)
      await records.send(decoder.decode(range))
    }),
  )
  return { stats: () => decoder.stats() }
})
