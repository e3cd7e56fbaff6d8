/** A tape: plays a recording as the recorded chain's own RPC server would, over HTTP and WebSocket. */
import type { Faults } from './faults.ts'
import { listen, type ServeOptions } from './node/serve.ts'
import { loadRecording, type Part, type Recording } from './recording.ts'
import { Playhead, type PlayheadOptions } from './tape/playhead.ts'
import { TapeSource } from './tape/tape-source.ts'

export interface TapeOptions extends Part, PlayheadOptions, ServeOptions {
  /** Folder of the recording, or the recording itself (`from` and `to` then mean nothing). */
  dir?: string | undefined
  recording?: Recording | undefined
}

export interface Tape {
  /** E.g. `http://127.0.0.1:26657`; the WebSocket is at `/websocket`. */
  url: string
  port: number
  recording: Recording
  /** The height that `status` shows now. */
  head(): number
  /** Requests answered so far, by method. */
  requests(): ReadonlyMap<string, number>
  /** Shows `heights` more heights (default 1), at most up to the last one. */
  advance(heights?: number): void
  /** Replaces all faults, with a fresh seed and fresh counts. */
  setFaults(faults: Faults): void
  /** Ends all connections at once. */
  close(): Promise<void>
}

/**
 * Starts a tape; resolves when it listens.
 * @throws RecordingError (`E_RECORDING`) for a folder that is none; the system's error (`EADDRINUSE`) for a taken port
 */
export async function startTape(options: TapeOptions): Promise<Tape> {
  const recording = options.recording ?? loadRecording(options.dir ?? '', options)
  const served = await listen(options)
  const playhead = new Playhead(recording, options, served.announce)
  const node = served.open(new TapeSource(recording, playhead))
  return {
    url: served.url,
    port: served.port,
    recording,
    head: () => node.head,
    requests: () => node.requests,
    advance: (heights = 1) => playhead.advance(heights),
    setFaults: served.setFaults,
    async close() {
      playhead.stop()
      await served.close()
    },
  }
}
