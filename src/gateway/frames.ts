/** Frames: one message to clients, encoded once for each door however many clients get it. */

import type { DoorKind } from './handshake.ts'

/** Which socket.io event carries a frame. */
export type FrameName = 'event' | 'data_update' | 'system' | 'error' | 'pong'

/** One message, and its encodings, each made when first needed. */
export class Frame {
  readonly name: FrameName
  /** The JSON that both doors carry. */
  readonly text: string
  #websocket: Buffer | undefined
  #socketio: string | undefined
  #socketioFrame: Buffer | undefined

  constructor(name: FrameName, text: string) {
    this.name = name
    this.text = text
  }

  /** A whole, unmasked WebSocket text frame (RFC 6455 §5.2). */
  get websocket(): Buffer {
    this.#websocket ??= textFrame(this.text)
    return this.#websocket
  }

  /** A socket.io EVENT packet of the main namespace, without engine.io's own type digit. */
  get socketio(): string {
    this.#socketio ??= `2[${JSON.stringify(this.name)},${this.text}]`
    return this.#socketio
  }

  /** The same as a whole WebSocket frame: a `message` (4) of engine.io around the packet. */
  get socketioFrame(): Buffer {
    this.#socketioFrame ??= textFrame(`4${this.socketio}`)
    return this.#socketioFrame
  }
}

/** Frames that go out together: joined once, one write to each socket. */
export class Batch {
  readonly frames: readonly Frame[]
  /** How often it was written at each door and is not counted yet: whoever writes counts up. */
  readonly written: Record<DoorKind, number> = { websocket: 0, 'socket.io': 0 }
  #websocket: Buffer | undefined
  #socketio: Buffer | undefined
  #names: [FrameName, number][] | undefined

  constructor(frames: readonly Frame[]) {
    this.frames = frames
  }

  get websocket(): Buffer {
    this.#websocket ??= joined(this.frames.map(({ websocket }) => websocket))
    return this.#websocket
  }

  /** Its frames as a socket.io client over WebSocket gets them. */
  get socketio(): Buffer {
    this.#socketio ??= joined(this.frames.map(({ socketioFrame }) => socketioFrame))
    return this.#socketio
  }

  /** How many frames of each name. */
  get names(): readonly [FrameName, number][] {
    if (!this.#names) {
      const names = new Map<FrameName, number>()
      for (const { name } of this.frames) names.set(name, (names.get(name) ?? 0) + 1)
      this.#names = [...names]
    }
    return this.#names
  }
}

/** One buffer of several; a single one is not copied. */
export function joined(buffers: readonly Buffer[]): Buffer {
  const [first] = buffers
  return buffers.length === 1 && first ? first : Buffer.concat(buffers)
}

const FIN_TEXT = 0x81
const [SHORT, LENGTH_16, LENGTH_64] = [125, 126, 127]

function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const header = length <= SHORT ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(header + length)
  frame[0] = FIN_TEXT
  frame[1] = length <= SHORT ? length : length < 65_536 ? LENGTH_16 : LENGTH_64
  if (header === 4) frame.writeUInt16BE(length, 2)
  if (header === 10) frame.writeBigUInt64BE(BigInt(length), 2)
  frame.write(text, header)
  return frame
}
