/**
 * An HTTP/1.1 answer (RFC 9112), read in the memory it arrives in: the kernel writes where {@link HttpAnswer.space} says,
 * the body of a sized answer is a slice of it, that of a chunked one is closed up in place. Strict: what a recipient may
 * tolerate (bare LF, folded headers, two framings) is refused, for we choose our nodes and they all write it plainly.
 */
import { Searchable } from '../decode/simd.ts'
import { RpcError } from './errors.ts'

/** All of the header lines before the body, bytes; Node's own limit is the same. */
const MAX_HEAD = 16 * 1024
/** The line before a chunk: its size and whatever extensions, bytes. */
const MAX_CHUNK_LINE = 1024
/** A promise of more than this has to be kept before memory is set aside for it, bytes. */
const MAX_RESERVE = 16 * 2 ** 20
/** A buffer of this size holds answers whose search takes time, bytes. */
const WORTH_SEARCHING = 256 * 1024

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const HEADER_LINE = /^([!#$%&'*+.^_`|~\w-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/
const CHUNK_LINE = /^([\da-f]{1,8})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i
const LF = 10

type Part = 'head' | 'sized' | 'until-close' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailers' | 'done'

/** Reads answer after answer of one connection, in a buffer that grows to the largest it has held. */
export class HttpAnswer {
  readonly #maxBytes: number
  #buffer: Buffer = Buffer.allocUnsafeSlow(64 * 1024)
  #searchable: Searchable | undefined
  #part: Part = 'done'
  /** Bytes in the buffer; those from `#at` on are not understood yet. */
  #filled = 0
  #at = 0
  #bodyStart = 0
  #bodyEnd = 0
  /** Bytes still to come of a sized body, or of a chunk. */
  #left = 0
  #trailerBytes = 0
  #headers = new Map<string, string>()
  /** Three digits; 0 before they came. */
  status = 0
  /** Whether the connection may carry another request. */
  keepAlive = false

  /** @param maxBytes Most bytes of a body. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The next bytes begin another answer. */
  begin(): void {
    this.#part = 'head'
    this.#filled = this.#at = this.#bodyStart = this.#bodyEnd = 0
    this.status = 0
  }

  /** Whether a byte of this answer has come. */
  get begun(): boolean {
    return this.#filled > 0
  }

  get done(): boolean {
    return this.#part === 'done'
  }

  /** The value of a header, by its name in small letters. */
  header(name: string): string | undefined {
    return this.#headers.get(name)
  }

  /** The body as it was sent; overwritten by the next answer. */
  body(): Buffer {
    return this.#buffer.subarray(this.#bodyStart, this.#bodyEnd)
  }

  /** Where the next bytes go. */
  space(): Buffer {
    if (this.done) return this.#buffer // they belong to the next answer, or to none
    if (this.#filled === this.#buffer.length) this.#reserve(2 * this.#filled)
    return this.#buffer.subarray(this.#filled)
  }

  /**
   * So many bytes were written where {@link space} said.
   * @throws RpcError `E_RPC_MALFORMED` | `E_RPC_OVERSIZED`
   */
  take(count: number): void {
    this.#filled += count
    while (this.#step()) {}
    if (this.done && this.#at < this.#filled) throw malformed('bytes follow the answer')
    if (this.#part !== 'head') this.#closeUp()
  }

  /** The connection was closed. True if that ends the answer rightly. */
  close(): boolean {
    if (this.#part === 'until-close') this.#part = 'done'
    return this.done
  }

  /** Reads one part as far as it came; true if there may be more to read. */
  #step(): boolean {
    switch (this.#part) {
      case 'head':
        return this.#readHead()
      case 'sized':
      case 'chunk':
        return this.#readBody()
      case 'until-close':
        this.#allow(this.#filled - this.#bodyStart)
        this.#at = this.#bodyEnd = this.#filled
        return false
      case 'chunk-line':
        return this.#readChunkLine()
      case 'chunk-end':
        if (this.#line(2) === undefined) return false
        this.#part = 'chunk-line'
        return true
      case 'trailers':
        return this.#readTrailer()
      case 'done':
        return false
    }
  }

  #readHead(): boolean {
    const end = this.#buffer.subarray(0, Math.min(this.#filled, MAX_HEAD)).indexOf('\r\n\r\n', this.#at)
    if (end < 0 && this.#filled >= MAX_HEAD) throw malformed(`the headers take more than ${MAX_HEAD} bytes`)
    if (end < 0) return false
    const [first = '', ...lines] = this.#buffer.toString('latin1', this.#at, end).split('\r\n')
    const [, minor, status] = STATUS_LINE.exec(first) ?? []
    if (status === undefined) throw malformed('it does not begin with an HTTP/1 status')
    this.#headers = readHeaders(lines)
    this.#at = end + 4
    this.status = Number(status)
    if (this.status === 101) throw malformed('it changes to a protocol that was not asked for')
    if (this.status < 200) return true // informational: the answer follows
    this.#frame(minor === '0')
    return true
  }

  /** Where the body ends (RFC 9112, 6.3). */
  #frame(isOld: boolean): void {
    const coding = this.#headers.get('transfer-encoding')
    const length = this.#headers.get('content-length')
    const connection = (this.#headers.get('connection') ?? '').toLowerCase().split(/[\t ,]+/)
    this.keepAlive = isOld ? connection.includes('keep-alive') : !connection.includes('close')
    this.#bodyStart = this.#bodyEnd = this.#at
    if (this.status === 204 || this.status === 304) this.#part = 'done'
    else if (coding !== undefined) this.#frameChunks(coding, isOld || length !== undefined)
    else if (length !== undefined) this.#frameLength(length)
    else {
      this.#part = 'until-close'
      this.keepAlive = false
    }
  }

  #frameChunks(coding: string, isAmbiguous: boolean): void {
    if (isAmbiguous || coding.toLowerCase() !== 'chunked') throw malformed('where its body ends cannot be told')
    this.#part = 'chunk-line'
  }

  #frameLength(length: string): void {
    if (!/^\d{1,15}$/.test(length)) throw malformed('its content-length is no number')
    this.#left = Number(length)
    this.#allow(this.#left)
    this.#reserve(this.#bodyStart + Math.min(this.#left, MAX_RESERVE))
    this.#part = this.#left ? 'sized' : 'done'
  }

  #readBody(): boolean {
    const count = Math.min(this.#left, this.#filled - this.#at)
    if (this.#at > this.#bodyEnd) this.#buffer.copyWithin(this.#bodyEnd, this.#at, this.#at + count)
    this.#at += count
    this.#bodyEnd += count
    this.#left -= count
    if (this.#left) return false
    this.#part = this.#part === 'sized' ? 'done' : 'chunk-end'
    return true
  }

  #readChunkLine(): boolean {
    const line = this.#line(MAX_CHUNK_LINE)
    if (line === undefined) return false
    const size = CHUNK_LINE.exec(line)?.[1]
    if (size === undefined) throw malformed('the size of a chunk is no number')
    this.#left = Number.parseInt(size, 16)
    this.#allow(this.#bodyEnd - this.#bodyStart + this.#left)
    this.#trailerBytes = 0
    this.#part = this.#left ? 'chunk' : 'trailers'
    return true
  }

  #readTrailer(): boolean {
    const line = this.#line(MAX_HEAD - this.#trailerBytes)
    if (line === undefined) return false
    this.#trailerBytes += line.length + 2
    if (line) readHeaders([line])
    else this.#part = 'done'
    return true
  }

  /** The next whole line, without its end; of `longest` bytes with it. */
  #line(longest: number): string | undefined {
    const end = this.#buffer.subarray(0, Math.min(this.#filled, this.#at + longest)).indexOf(LF, this.#at)
    if (end < 0) {
      if (this.#filled - this.#at >= longest) throw malformed('a line of its framing does not end')
      return undefined
    }
    if (end === this.#at || this.#buffer[end - 1] !== 13) throw malformed('a line of its framing ends without CR')
    const line = this.#buffer.toString('latin1', this.#at, end - 1)
    this.#at = end + 1
    return line
  }

  /** Moves what is not understood yet to the end of the body: framing takes no place in the buffer. */
  #closeUp(): void {
    if (this.#at === this.#bodyEnd) return
    this.#buffer.copyWithin(this.#bodyEnd, this.#at, this.#filled)
    this.#filled -= this.#at - this.#bodyEnd
    this.#at = this.#bodyEnd
  }

  #allow(length: number): void {
    if (length > this.#maxBytes)
      throw new RpcError('E_RPC_OVERSIZED', `the answer is larger than ${this.#maxBytes} bytes`)
  }

  #reserve(length: number): void {
    if (length <= this.#buffer.length) return
    const larger = Math.max(length, 2 * this.#buffer.length)
    const before = this.#buffer
    this.#buffer = (larger >= WORTH_SEARCHING && this.#growInPlace(larger)) || Buffer.allocUnsafeSlow(larger)
    before.copy(this.#buffer, 0, 0, this.#filled) // nothing, where it has grown in place: then what was before is empty
  }

  /** Large answers are searched: they are put where that is fastest. Undefined where the system has no such memory. */
  #growInPlace(length: number): Buffer | undefined {
    try {
      this.#searchable ??= new Searchable()
      this.#searchable.reserve(length)
      return this.#searchable.bytes
    } catch (error) {
      if (error instanceof RangeError) return undefined
      throw error
    }
  }
}

function readHeaders(lines: string[]): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name, value = ''] = HEADER_LINE.exec(line) ?? []
    if (name === undefined) throw malformed('one of its headers is none')
    const known = headers.get(name.toLowerCase())
    headers.set(name.toLowerCase(), known === undefined ? value : `${known}, ${value}`) // two lengths are then no number
  }
  return headers
}

function malformed(reason: string): RpcError {
  return new RpcError('E_RPC_MALFORMED', `the answer is not HTTP as it should be: ${reason}`)
}
