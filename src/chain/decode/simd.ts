/**
 * Memory in which pairs of bytes are found 32 places at a time, and JSON is checked, by WebAssembly's SIMD. One pass takes
 * less than half of what Node's own search by memchr does, which is called anew for each place where the first byte stands.
 */

/** Their parameters: see simd.wat. */
type Program = Record<'find' | 'json', (...parameters: number[]) => number>

/** As far as it is used; Node's types say nothing of it. */
interface Wasm {
  Memory: new (size: { initial: number }) => { buffer: ArrayBuffer; grow(pages: number): number }
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: Program }
}

const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: Wasm }

/** What simd.wat assembles to. */
export const PROGRAM: Buffer = Buffer.from(
  'AGFzbQEAAAABIwRgCX9/f39/f39/fwF/YAR/f39/AX9gAn9/AX9gA39/fwF/AhIBBnNlaWNoZQZtZW1vcnkCAAEDCwoAAQICAgICAgMCBw8CBGZpbmQAAARqc29uAAEKogoK5QECCHsCfyAE/Q8hCSAF/Q8hCiAG/Q8hCyAH/Q8hDAJAA0AgACABTw0BIAD9AAQAIQ0gACAIav0ABAAhDiANIAn9IyAOIAr9I/1OIA0gC/0jIA4gDP0j/U79UCEPIAD9AAQQIQ0gACAIav0ABBAhDiANIAn9IyAOIAr9I/1OIA0gC/0jIA4gDP0j/U79UCEQIA8gEP1Q/VMEQCAP/WQgEP1kQRB0ciERA0AgEiADTw0DIAIgEkECdGogACARaGo2AgAgEkEBaiESIBEgEUEBa3EhESARDQALCyAAQSBqIQAMAAsLIBILogIBA38gACABEAMhAANAIAAgARACIQQCQCAEQSJGBEAgACABEAUhAAwBCyAEQSByQfsARgRAIABBAWogARADIQAgACABEAIgBEECakYEQCAAQQFqIQAMAgsgBSADTwRAQQIPCyACIAVqIAY6AAAgBUEBaiEFIARB+wBGIQYgBgRAIAAgARAEIQAgAA0DQQAPCwwCCyAAIAEQByEACyAARQRAQQAPCyAAIAEQAyEAAkADQCAFRQ0BIAAgARACIQQgBEH9AEHdACAGG0cNASAFQQFrIQUgAiAFai0AACEGIABBAWogARADIQAMAAsLIAVFBEAgACABRg8LIARBLEcEQEEADwsgAEEBaiABEAMhACAGRQ0AIAAgARAEIQAgAA0AC0EACxIAIAAgAUkEfyAALQAABUEACws1AQF/A0AgACABEAIhAiACQSBNBEBCgMyAgBAgAq2IQgGDQgBSBEAgAEEBaiEADAILCwsgAAtCACAAIAEQAkEiRwRAQQAPCyAAIAEQBSEAIABFBEBBAA8LIAAgARADIQAgACABEAJBOkcEQEEADwsgAEEBaiABEAMLtwECAXsCfyAAQQFqIQADQCAAIAFPBEBBAA8LIAD9AAQAIQIgAv0MIiIiIiIiIiIiIiIiIiIiIv0jIAL9DFxcXFxcXFxcXFxcXFxcXFz9I/1QIAL9DCAgICAgICAgICAgICAgICD9Jv1Q/WQhAyADRQRAIABBEGohAAwBCyAAIANoaiEAIAAgARACIQQgBEEiRgRAIABBAWoPCyAEQdwARwRAQQAPCyAAQQFqIAEQBiEAIAANAAtBAAuXAQECfyAAIAEQAiECIABBAWohACACQSJGIAJB3ABGIAJBL0ZycgRAIAAPCyACQeIAayECIAJBE0sEQEEADwtBkaA0IAJ2QQFxRQRAQQAPCyACQRNHBEAgAA8LIABBBGohAwNAIAAgARACIQIgAkEwa0EJSyACQSByQeEAa0EFS3EEQEEADwsgAEEBaiEAIAAgA0kNAAsgAAviAQEBfyAAIAEQAiECIAJB9ABGBEAgACABQfTk1asGEAgPCyACQeYARgRAIABBAWogAUHh2M2rBhAIDwsgAkHuAEYEQCAAIAFB7uqx4wYQCA8LIAJBLUYEQCAAQQFqIQALIAAgARACQTBGBEAgAEEBaiEABSAAIAEQCSEACyAARQRAQQAPCyAAIAEQAkEuRgRAIABBAWogARAJIQAgAEUEQEEADwsLIAAgARACQSByQeUARwRAIAAPCyAAQQFqIQAgACABEAIhAiACQStGIAJBLUZyBEAgAEEBaiEACyAAIAEQCQsjAQF/IABBBGohAyADIAFLBEBBAA8LIANBACAAKAIAIAJGGwsvAQF/IAAhAgJAA0AgACABEAJBMGtBCUsNASAAQQFqIQAMAAsLIABBACAAIAJLGws=',
  'base64',
)

const PAGE = 65_536
/** Places found at once: the first page is for them, or for the levels of JSON. */
const MOST = PAGE / Uint32Array.BYTES_PER_ELEMENT

let module: object | undefined
/** By the memory they read. */
const programs = new WeakMap<ArrayBufferLike, Program>()

/** Bytes that grow in place, and can be read by {@link placesOf} and {@link quickIsJson}. */
export class Searchable {
  readonly #memory: InstanceType<Wasm['Memory']>
  readonly #program: Program
  /** To be written and read; another object after each {@link reserve}, the one before is empty then. */
  bytes: Buffer = Buffer.alloc(0)

  /** @throws RangeError where the system sets no memory aside for it */
  constructor() {
    this.#memory = new wasm.Memory({ initial: 2 })
    module ??= new wasm.Module(PROGRAM)
    this.#program = new wasm.Instance(module, { seiche: { memory: this.#memory } }).exports
  }

  /** Room for `length` bytes; what is there stays. @throws RangeError where there is none */
  reserve(length: number): void {
    const pages = Math.ceil(length / PAGE) + 2 - this.#memory.buffer.byteLength / PAGE // places before, what is read behind the end
    if (pages > 0) this.#memory.grow(pages)
    const { buffer } = this.#memory
    if (buffer === this.bytes.buffer) return
    this.bytes = Buffer.from(buffer, PAGE, buffer.byteLength - 2 * PAGE)
    programs.set(buffer, this.#program)
  }
}

/**
 * The places in `[from, to)` at which `a` or `b`, texts of one length, may stand: where their first and their last byte
 * do. Ascending; undefined when the bytes are not in a {@link Searchable}.
 */
export function placesOf(bytes: Buffer, from: number, to: number, a: Buffer, b: Buffer = a): number[] | undefined {
  const program = programs.get(bytes.buffer)
  if (!program) return undefined
  const { byteOffset } = bytes
  const last = a.length - 1
  const pairs = [a[0] ?? 0, a[last] ?? 0, b[0] ?? 0, b[last] ?? 0] as const
  const out = new Uint32Array(bytes.buffer, 0, MOST)
  const places: number[] = []
  for (let at = from; at < to; ) {
    const found = program.find(byteOffset + at, byteOffset + to, 0, MOST, ...pairs, last)
    for (let n = 0; n < found; n++) places.push((out[n] ?? 0) - byteOffset)
    if (found < MOST) break
    at = (places.at(-1) ?? to) + 1
  }
  while ((places.at(-1) ?? -1) >= to) places.pop() // of the last 32 some stand behind the end
  return places
}

/** The places in `[from, to)` at which `text` stands, by memchr: where {@link placesOf} has no answer. Ascending. */
export function placesByMemchr(bytes: Buffer, from: number, to: number, text: Buffer): number[] {
  const places: number[] = []
  for (let at = bytes.indexOf(text, from); at >= 0 && at < to; at = bytes.indexOf(text, at + text.length))
    places.push(at)
  return places
}

/**
 * Whether bytes are JSON; undefined when they are not in a {@link Searchable}, or nested deeper than 65,536 levels.
 */
export function quickIsJson({ buffer, byteOffset, length }: Uint8Array): boolean | undefined {
  const answer = programs.get(buffer)?.json(byteOffset, byteOffset + length, 0, PAGE)
  return answer === undefined || answer === TOO_DEEP ? undefined : answer === 1
}

const TOO_DEEP = 2
