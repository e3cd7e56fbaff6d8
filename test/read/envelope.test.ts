import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sliceBatch as eitherWay } from '../../src/chain/read/envelope.ts'
import { Rpc } from '../../src/chain/read/rpc.ts'
import { searched } from '../decode/searched.ts'

/** By memchr and by SIMD: there is no difference. */
function sliceBatch(bytes: Buffer): ReturnType<typeof eitherWay> {
  const [one, other] = [bytes, searched(bytes, '{"jsonrpc":"2.0","id":9')].map((each) => {
    try {
      return eitherWay(each)
    } catch (error) {
      return error as Error
    }
  })
  expect(other).toEqual(one)
  if (other instanceof Error) throw other
  return other ?? []
}

const result = fc.dictionary(
  fc.string(),
  fc.oneof(fc.string(), fc.constant('},{"jsonrpc":"2.0","id":1,"result":{}}'), fc.jsonValue()),
  { minKeys: 1 },
)

it('any batch is cut into the results that JSON.parse finds, whatever stands in their strings', () => {
  fc.assert(
    fc.property(
      fc.array(result, { minLength: 1, maxLength: 10 }),
      fc.boolean(),
      fc.boolean(),
      (results, indent, newline) => {
        const entries = results.map((each, index) => ({ jsonrpc: '2.0', id: index + 1, result: { ...each, last: {} } }))
        const bytes = Buffer.from(JSON.stringify(entries, null, indent ? 2 : 0) + (newline ? '\n' : ''))
        const sliced = sliceBatch(bytes).map(({ id, result: slice }) => ({
          id,
          result: JSON.parse(String(slice)) as unknown,
        }))
        expect(sliced).toEqual(
          (JSON.parse(bytes.toString()) as typeof entries).map(({ id, result: parsed }) => ({ id, result: parsed })),
        )
      },
    ),
  )
})

it('an answer that ends early is malformed, or its cut shows in the entry that is cut', () => {
  const bytes = Buffer.from(
    JSON.stringify([1, 2].map((id) => ({ jsonrpc: '2.0', id, result: { events: [{ a: { b: 'c' } }] } }))),
  )
  for (let length = 0; length < bytes.length; length++)
    expect(() =>
      sliceBatch(bytes.subarray(0, length)).map((entry) => JSON.parse(String(entry.result)) as unknown),
    ).toThrow()
})

it('a result that is damaged inside is malformed for who asked, whatever it is: never an error of ours', async () => {
  const damaged = Buffer.from('{"jsonrpc":"2.0","id":1,"result":{"node_info":{"network":"a\u0000b"},"sync_info":{}}}')
  const rpc = new Rpc({ post: async (_, read) => read(damaged), close: async () => undefined })
  await expect(rpc.call('status')).rejects.toMatchObject({ code: 'E_RPC_MALFORMED' })
})
