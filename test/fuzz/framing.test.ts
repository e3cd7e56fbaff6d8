/** HTTP answers, damaged and cut into reads at random. Whatever comes, it is one body or one blame, and the cuts don't tell. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RpcError } from '../../src/chain/read/errors.ts'
import { cut, read } from '../read/pieces.ts'
import { damaged, damages } from './arbitrary.ts'
import { holds, TIMEOUT } from './round.ts'

const header = fc.constantFrom(
  ...[
    'Content-Length: 0',
    'Content-Length: 20',
    'content-length: -1',
    'Content-Length: 99999999999',
    'Connection: close',
  ],
  ...[
    'Transfer-Encoding: chunked',
    'transfer-encoding: gzip',
    'x: ',
    'x : y',
    ' folded',
    'Content-Type: application/json',
  ],
)
const chunk = fc
  .tuple(fc.string({ maxLength: 40, size: 'max' }), fc.constantFrom('', ';a=b', ' ', ';"\r\n"'))
  .map(([text, extension]) => {
    const bytes = Buffer.from(text).toString('latin1')
    return `${bytes.length.toString(16)}${extension}\r\n${bytes}\r\n`
  })
const sized = fc
  .string({ maxLength: 200, size: 'max' })
  .map((text) => `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
const chunked = fc
  .tuple(fc.array(chunk, { maxLength: 6 }), fc.constantFrom('', 'x: y\r\n'))
  .map(([chunks, trailer]) => `transfer-encoding: chunked\r\n\r\n${chunks.join('')}0\r\n${trailer}\r\n`)
const framed = fc
  .tuple(
    fc.constantFrom('', 'HTTP/1.1 100 Continue\r\n\r\n'),
    fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.1 200 OK', 'HTTP/1.0 200 OK', 'HTTP/1.1 204 No Content'),
    fc.array(header, { maxLength: 2 }),
    fc.oneof(
      sized,
      chunked,
      fc.string({ maxLength: 100 }).map((text) => `\r\n${text}`),
    ),
  )
  .map(([before, status, headers, rest]) => `${before}${[status, ...headers].join('\r\n')}\r\n${rest}`)

const LIMIT = 100

function outcome(pieces: Buffer[]): string {
  try {
    const answer = read(pieces, LIMIT)
    expect(answer.body().length).toBeLessThanOrEqual(LIMIT)
    return `${answer.status} ${answer.body().toString('latin1')}`
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    expect(error.code).toMatch(/^E_RPC_(MALFORMED|OVERSIZED|UNREACHABLE)$/)
    return error.code
  }
}

it('damaged framing, cut into reads: the same body or the same blame as in one piece', { timeout: TIMEOUT }, () => {
  const inputs = fc.tuple(framed, fc.option(damages), fc.array(fc.nat(500), { maxLength: 20 }))
  const seen = new Set<string>()
  holds(inputs, 'framings', ([sound, damage, places]) => {
    const bytes = Buffer.from(damage ? damaged(sound, damage) : sound)
    const whole = outcome([bytes])
    expect(outcome(cut(bytes, places))).toBe(whole)
    expect(outcome(cut(bytes, [...bytes.keys()]))).toBe(whole)
    seen.add(whole.split(' ')[0] ?? '')
  })
  expect([...seen]).toEqual(expect.arrayContaining(['200', 'E_RPC_MALFORMED', 'E_RPC_OVERSIZED', 'E_RPC_UNREACHABLE']))
})
