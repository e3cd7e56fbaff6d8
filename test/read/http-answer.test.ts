import { createServer as createHttpServer, request } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { placesOf } from '../../src/chain/decode/simd.ts'
import { cut, read } from './pieces.ts'

async function listening(server: Server): Promise<number> {
  await promisify((done: () => void) => server.listen(0, '127.0.0.1', done))()
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3_000 }), { maxLength: 20 })

it('however an answer of Node is cut into reads, sized, chunked or closed: status, headers and body are what its client reads', async () => {
  const sent = { body: [] as Uint8Array[], framing: 'sized' }
  const server = createHttpServer((_, response) => {
    const body = Buffer.concat(sent.body)
    response.setHeader('x-framing', sent.framing)
    if (sent.framing === 'sized') response.setHeader('content-length', body.length)
    if (sent.framing === 'closed') response.useChunkedEncodingByDefault = false
    response.writeProcessing()
    for (const chunk of sent.body) response.write(chunk)
    response.end()
  })
  const port = await listening(server)
  const overNode = (): Promise<{ raw: Buffer; body: Buffer; status: number }> =>
    new Promise((resolve, reject) => {
      const raw: Buffer[] = []
      const body: Buffer[] = []
      const asked = request({ port, host: '127.0.0.1', method: 'POST', agent: false }, (response) => {
        response.on('data', (chunk: Buffer) => body.push(chunk))
        response.on('end', () =>
          resolve({ raw: Buffer.concat(raw), body: Buffer.concat(body), status: response.statusCode ?? 0 }),
        )
      })
      asked.on('socket', (socket: Socket) =>
        socket.prependListener('data', (bytes: Buffer) => raw.push(Buffer.from(bytes))),
      )
      asked.on('error', reject).end()
    })
  const framing = fc.constantFrom('sized', 'chunked', 'closed')
  await fc.assert(
    fc.asyncProperty(chunks, framing, fc.array(fc.nat(70_000), { maxLength: 30 }), async (body, how, places) => {
      Object.assign(sent, { body, framing: how })
      const { raw, body: expected, status } = await overNode()
      const answer = read(cut(raw, places))
      expect(answer.status).toBe(status)
      expect(answer.header('x-framing')).toBe(how)
      expect(answer.body().equals(expected)).toBe(true)
    }),
    { numRuns: 60 },
  )
})

const answerOf = (head: string[], body = ''): Buffer => Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1')
const OK = 'HTTP/1.1 200 OK'
const CHUNKED = 'Transfer-Encoding: chunked'

it.each([
  ['garbage', Buffer.from('SSH-2.0-OpenSSH_9.9\r\n\r\n')],
  ['another version', answerOf(['HTTP/2 200', 'content-length: 0'])],
  ['a status that is none', answerOf(['HTTP/1.1 20 OK', 'content-length: 0'])],
  ['another protocol', answerOf(['HTTP/1.1 101 Switching Protocols', 'upgrade: websocket'])],
  ['headers without end', Buffer.from(`${OK}\r\n${'x: y\r\n'.repeat(5_000)}`)],
  ['one header without end', Buffer.from(`${OK}\r\nx: ${'y'.repeat(20_000)}`)],
  ['informational answers without end', Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000))],
  ['a header without a name', answerOf([OK, ': x', 'content-length: 0'])],
  ['a space before the colon', answerOf([OK, 'content-length : 0'])],
  ['a folded header', answerOf([OK, 'x: y', ' content-length: 0'])],
  ['a bare LF among headers', answerOf([`${OK}\nx: y`, 'content-length: 0'])],
  ['a bare CR in a header', answerOf([OK, 'x: y\rcontent-length: 9', 'content-length: 0'])],
  ['a NUL in a header', answerOf([OK, 'x: \0', 'content-length: 0'])],
  ['two framings', answerOf([OK, 'content-length: 4', CHUNKED], '0\r\n\r\n')],
  ['two lengths', answerOf([OK, 'content-length: 4', 'content-length: 5'], '12345')],
  ['a negative length', answerOf([OK, 'content-length: -1'])],
  ['a length beyond all numbers', answerOf([OK, `content-length: ${'9'.repeat(400)}`])],
  ['a length in hexadecimal', answerOf([OK, 'content-length: 0x4'], '1234')],
  ['a coding that was not asked for', answerOf([OK, 'transfer-encoding: gzip, chunked'], '0\r\n\r\n')],
  ['chunks of HTTP/1.0', answerOf(['HTTP/1.0 200 OK', CHUNKED], '0\r\n\r\n')],
  ['a negative chunk', answerOf([OK, CHUNKED], '-1\r\n\r\n')],
  ['a chunk without a size', answerOf([OK, CHUNKED], ';x=y\r\n\r\n')],
  ['a chunk beyond all numbers', answerOf([OK, CHUNKED], `${'f'.repeat(17)}\r\n`)],
  ['a chunk line without end', answerOf([OK, CHUNKED], `1;${'x'.repeat(5_000)}`)],
  ['a chunk that is longer than it said', answerOf([OK, CHUNKED], '1\r\nabcd\r\n0\r\n\r\n')],
  ['a chunk that ends in a bare LF', answerOf([OK, CHUNKED], '1\na\r\n0\r\n\r\n')],
  ['trailers without end', answerOf([OK, CHUNKED], `0\r\n${'x: y\r\n'.repeat(5_000)}`)],
  ['bytes after the answer', answerOf([OK, 'content-length: 1'], 'ab')],
])('%s is E_RPC_MALFORMED, as a whole and byte by byte', (_, bytes) => {
  const malformed = expect.objectContaining({ code: 'E_RPC_MALFORMED' })
  expect(() => read([bytes])).toThrow(malformed)
  expect(() => read(cut(bytes, [...bytes.keys()]))).toThrow(malformed)
})

it('more bytes than allowed are E_RPC_OVERSIZED before memory is set aside for them', () => {
  const oversized = expect.objectContaining({ code: 'E_RPC_OVERSIZED' })
  for (const bytes of [
    answerOf([OK, 'content-length: 101']),
    answerOf([OK, CHUNKED], '65\r\n'),
    answerOf([OK, CHUNKED], `60\r\n${'x'.repeat(96)}\r\n5\r\n`),
    answerOf([OK], 'x'.repeat(101)),
  ])
    expect(() => read([bytes], 100)).toThrow(oversized)
})

it('what may follow the status, a chunk size and the last chunk is passed over', () => {
  const parts = ['3;name="a b"\r\nabc\r\n', '0003 \r\ndef\r\n', '0\r\n', 'expires: never\r\n\r\n']
  const answer = read([answerOf(['HTTP/1.1 200 ', 'x:', 'TRANSFER-encoding:\tChunked '], parts.join(''))])
  expect(answer.body().toString()).toBe('abcdef')
  expect(answer.header('x')).toBe('')
})

it.each(['sized', 'chunked'])(
  'a large answer, %s, stays what it is while its buffer grows, and can be searched at once',
  (how) => {
    const body = Buffer.alloc(3_000_000).map((_, n) => (n * 31) % 251)
    body.set(Buffer.from('_wanted'), 2_999_000)
    const head = how === 'sized' ? `content-length: ${body.length}` : 'transfer-encoding: chunked'
    const pieces: Uint8Array[] = []
    for (let at = 0; at < body.length; at += 50_000) {
      const piece = body.subarray(at, at + 50_000)
      pieces.push(
        ...(how === 'sized' ? [piece] : [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]),
      )
    }
    if (how === 'chunked') pieces.push(Buffer.from('0\r\n\r\n'))
    const raw = Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`), ...pieces])
    const places = Array.from({ length: 60 }, (_, n) => 65_000 * (n + 1))
    const answer = read(cut(raw, places), 2 ** 22)
    expect(answer.body().equals(body)).toBe(true)
    expect(placesOf(answer.body(), 2_998_000, 3_000_000, Buffer.from('_wanted'))).toContain(2_999_000)
  },
)
