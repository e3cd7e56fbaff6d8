/** A tape: plays a recording as the recorded chain's own RPC server would, over HTTP and WebSocket. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FaultLayer, type Faults } from './faults.ts'
import { Playhead, type PlayheadOptions } from './playhead.ts'
import { loadRecording, type Part, type Recording } from './recording.ts'
import { serveHttp } from './tape-http.ts'
import { TapeChain } from './tape-methods.ts'
import { TapeWebSocket } from './tape-websocket.ts'

export interface TapeOptions extends Part, PlayheadOptions {
  /** Folder of the recording, or the recording itself (`from` and `to` then mean nothing). */
  dir?: string | undefined
  recording?: Recording | undefined
  /** Default 127.0.0.1. */
  host?: string | undefined
  /** Default 0: any free port. */
  port?: number | undefined
  /** Compress answers for those who accept gzip, as a proxy does. Default false. */
  gzip?: boolean | undefined
  /** What goes wrong from the start; nothing by default. */
  faults?: Faults | undefined
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
  let layer = new FaultLayer(options.faults ?? {})
  const faults = (): FaultLayer => layer

  const http = createServer()
  http.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(http, 'listening')

  const playhead = new Playhead(recording, options, (height) => sockets.announce(height - (layer.set.lag ?? 0)))
  const chain = new TapeChain(recording, playhead, faults)
  const sockets = new TapeWebSocket(http, chain, faults)
  http.on('request', serveHttp(chain, faults, options.gzip ?? false))

  const { address, port, family } = http.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    port,
    recording,
    head: () => chain.head,
    requests: () => chain.requests,
    advance: (heights = 1) => playhead.advance(heights),
    setFaults(next) {
      layer = new FaultLayer(next)
    },
    async close() {
      if (!http.listening) return
      const closed = once(http, 'close')
      playhead.stop()
      sockets.close()
      http.close()
      http.closeAllConnections()
      await closed
    },
  }
}
