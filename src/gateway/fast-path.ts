/**
 * The way past engine.io for its WebSocket connections: all frames of a commit in one write to the socket. It would write
 * each by itself, and many events to many clients would hold the thread for seconds. Nothing is ever compressed, so `ws`
 * passes on at once what engine.io gives it, and what is written here stays in order with it.
 */
import { Writable } from 'node:stream'
import { type Batch, joined } from './frames.ts'

/** Of engine.io's connection, what it does not declare. */
interface Connection {
  readyState?: unknown
  writeBuffer?: { data?: unknown }[]
  transport?: { name?: unknown; socket?: { _socket?: unknown; bufferedAmount?: unknown } }
  write(packet: string): unknown
}

export class FastPath {
  readonly #onRefused: (why: string) => void
  #open: boolean | undefined

  /**
   * It depends on parts of engine.io and `ws` that they do not promise, so it is tried before it is used: the first frames
   * to a WebSocket go the public way, and what arrives at the socket must be the very bytes that would be written here.
   * If not, it stays closed: everybody is served the public way, at a higher price. `open`: false closes it from the
   * start; default: it is tried.
   */
  constructor({
    open,
    onRefused = () => undefined,
  }: { open?: false /** Told once, why. */; onRefused?: (why: string) => void } = {}) {
    this.#open = open
    this.#onRefused = onRefused
  }

  /** Whether it is used; undefined: not tried yet. */
  get open(): boolean | undefined {
    return this.#open
  }

  /** Writes the batches, if this connection can be written to so. */
  write(conn: object, batches: readonly Batch[]): boolean {
    if (this.#open === false) return false
    const socket = socketBelow(conn)
    if (!socket) return false
    const bytes = joined(batches.map(({ socketio }) => socketio))
    if (this.#open) socket.write(bytes)
    else this.#try(conn as Connection, socket, batches, bytes)
    return true
  }

  #try(conn: Connection, socket: Writable, batches: readonly Batch[], expected: Buffer): void {
    const written: Buffer[] = []
    const { write } = socket
    socket.write = (chunk: unknown, ...rest: unknown[]) => {
      written.push(Buffer.from(chunk as Uint8Array | string))
      return Reflect.apply(write, socket, [chunk, ...rest])
    }
    try {
      for (const { frames } of batches) for (const { socketio } of frames) conn.write(socketio)
    } finally {
      Reflect.deleteProperty(socket, 'write')
    }
    if (conn.writeBuffer?.length) return // it waits for something else: the next frames will tell
    this.#open = Buffer.concat(written).equals(expected)
    if (!this.#open)
      this.#onRefused('what engine.io writes is not what was expected: socket.io clients are served its own way')
  }
}

/** The socket of a connection that is a WebSocket and holds nothing back itself; none where a part of the way there is missing. */
function socketBelow(conn: object): Writable | undefined {
  const { readyState, writeBuffer, transport } = conn as Partial<Connection>
  if (readyState !== 'open' || transport?.name !== 'websocket' || writeBuffer?.length !== 0) return undefined
  const socket = transport.socket?._socket
  return socket instanceof Writable && socket.writable ? socket : undefined
}

/** Bytes that wait in engine.io, and below it where the transport is a WebSocket. */
export function waiting(conn: object): number {
  const { writeBuffer, transport } = conn as Partial<Connection>
  const below = transport?.socket?.bufferedAmount
  const queued = (writeBuffer ?? []).reduce(
    (bytes, { data }) => bytes + (typeof data === 'string' ? data.length : 0),
    0,
  )
  return queued + (typeof below === 'number' ? below : 0)
}
