/**
 * Memory in which pairs of bytes are found 32 places at a time, by WebAssembly's SIMD. One pass takes less than half of
 * what Node's own search by memchr does, which is called anew for each place where the first byte stands.
 */

/** Its parameters: see pairs.wat. */
type Find = (...parameters: number[]) => number

/** As far as it is used; Node's types say nothing of it. */
interface Wasm {
  Memory: new (size: { initial: number }) => { buffer: ArrayBuffer; grow(pages: number): number }
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: { find: Find } }
}

const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: Wasm }

/** What pairs.wat assembles to. */
export const PROGRAM: Buffer = Buffer.from(
  'AGFzbQEAAAABDgFgCX9/f39/f39/fwF/AhEBBXBhaXJzBm1lbW9yeQIAAQMCAQAHCAEEZmluZAAACugBAeUBAgh7An8gBP0PIQkgBf0PIQogBv0PIQsgB/0PIQwCQANAIAAgAU8NASAA/QAEACENIAAgCGr9AAQAIQ4gDSAJ/SMgDiAK/SP9TiANIAv9IyAOIAz9I/1O/VAhDyAA/QAEECENIAAgCGr9AAQQIQ4gDSAJ/SMgDiAK/SP9TiANIAv9IyAOIAz9I/1O/VAhECAPIBD9UP1TBEAgD/1kIBD9ZEEQdHIhEQNAIBIgA08NAyACIBJBAnRqIAAgEWhqNgIAIBJBAWohEiARIBFBAWtxIREgEQ0ACwsgAEEgaiEADAALCyASCw==',
  'base64',
)

const PAGE = 65_536
/** Places found at once: the first page is for them. */
const MOST = PAGE / Uint32Array.BYTES_PER_ELEMENT

let module: object | undefined
/** By the memory they search. */
const searches = new WeakMap<ArrayBufferLike, Find>()

/** Bytes that grow in place, and can be searched by {@link placesOf}. */
export class Searchable {
  readonly #memory: InstanceType<Wasm['Memory']>
  readonly #find: Find
  /** To be written and read; another object after each {@link reserve}, the one before is empty then. */
  bytes: Buffer = Buffer.alloc(0)

  /** @throws RangeError where the system sets no memory aside for it */
  constructor() {
    this.#memory = new wasm.Memory({ initial: 2 })
    module ??= new wasm.Module(PROGRAM)
    this.#find = new wasm.Instance(module, { pairs: { memory: this.#memory } }).exports.find
  }

  /** Room for `length` bytes; what is there stays. @throws RangeError where there is none */
  reserve(length: number): void {
    const pages = Math.ceil(length / PAGE) + 2 - this.#memory.buffer.byteLength / PAGE // places before, what is read behind the end
    if (pages > 0) this.#memory.grow(pages)
    const { buffer } = this.#memory
    if (buffer === this.bytes.buffer) return
    this.bytes = Buffer.from(buffer, PAGE, buffer.byteLength - 2 * PAGE)
    searches.set(buffer, this.#find)
  }
}

/**
 * The places in `[from, to)` at which `a` or `b`, texts of one length, may stand: where their first and their last byte
 * do. Ascending; undefined when the bytes are not in a {@link Searchable}.
 */
export function placesOf(bytes: Buffer, from: number, to: number, a: Buffer, b: Buffer = a): number[] | undefined {
  const find = searches.get(bytes.buffer)
  if (!find) return undefined
  const { byteOffset } = bytes
  const last = a.length - 1
  const pairs = [a[0] ?? 0, a[last] ?? 0, b[0] ?? 0, b[last] ?? 0] as const
  const out = new Uint32Array(bytes.buffer, 0, MOST)
  const places: number[] = []
  for (let at = from; at < to; ) {
    const found = find(byteOffset + at, byteOffset + to, 0, MOST, ...pairs, last)
    for (let n = 0; n < found; n++) places.push((out[n] ?? 0) - byteOffset)
    if (found < MOST) break
    at = (places.at(-1) ?? to) + 1
  }
  while ((places.at(-1) ?? -1) >= to) places.pop() // of the last 32 some stand behind the end
  return places
}
