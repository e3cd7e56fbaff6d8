/** What the server says of its doors is valid AsyncAPI 3.0, and what really goes through them is as it says. */
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import { expect, it, onTestFinished } from 'vitest'
import { asyncApi, FRAMES } from '../../src/system/asyncapi.ts'
import { startTestServer } from '../../src/testing/index.ts'
import { connect, connectIo, type Told } from '../gateway/client.ts'

interface Document {
  components: { messages: Record<string, { payload: object }> }
  operations: Record<string, { messages: { $ref: string }[] }>
}

const document = JSON.parse(String(await asyncApi().answer(undefined as never))) as Document
const ajv = new Ajv({ strict: false, logger: false, validateFormats: false })
const validates = Object.fromEntries(
  Object.entries(document.components.messages).map(([name, { payload }]) => [name, ajv.compile(payload)]),
)

it('is valid by the specification’s own schema', () => {
  const { default: _, ...schema } = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0.json')
  const judge = new Ajv({ strict: false, logger: false, validateFormats: false, meta: false, validateSchema: false }) // it holds the meta-schema itself
  const valid = judge.validate(schema, document)
  expect(judge.errors ?? []).toEqual([])
  expect(valid).toBe(true)
})

it('every reference in it leads somewhere', () => {
  const text = JSON.stringify(document)
  const refs = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path)
  expect(refs.length).toBeGreaterThan(10)
  for (const path of refs) {
    const found = path
      .split('/')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document)
    expect([path, found !== undefined]).toEqual([path, true])
  }
})

/** By which name a frame goes over socket.io. */
function nameOf({ type, channel }: Told): string {
  return type === 'event' && channel === 'system' ? 'system' : type
}

it('frames of both doors are as it says, of every kind', async () => {
  const server = await startTestServer()
  onTestFinished(() => server.close())
  const clients = [await connect(server.ws), await connectIo(server.io)]
  for (const client of clients) {
    await client.subscribe('blockchain_events')
    await client.subscribe('transfers')
    await client.subscribe('nothing of the kind')
    client.send({ type: 'ping', id: 'x' })
  }
  const [id] = await server.emit({ type: 'transfer_created', data: { amount: '5', denom: 'usei' } })
  for (const client of clients) {
    await expect.poll(() => client.ids()).toContain(id)
    await client.settled()
    expect(new Set(client.told.map(nameOf))).toEqual(new Set(Object.keys(FRAMES)))
    for (const frame of client.told) {
      const validate = validates[nameOf(frame)]
      expect(validate?.(frame), `${JSON.stringify(frame)} ${JSON.stringify(validate?.errors)}`).toBe(true)
    }
  }
})

it.each([
  ['subscribe', { type: 'subscribe', channel: 'transfers', data: { since: '0-0-0', address: null } }, true],
  ['subscribe', { type: 'subscribe', channel: 'transfers' }, true],
  ['subscribe', { type: 'subscribe' }, false],
  ['subscribe', { type: 'subscribe', channel: 'system', data: { stats: 'yes' } }, false],
  ['ping', { type: 'ping', data: { position: '1-0-0' } }, true],
  ['unsubscribe', { type: 'unsubscribe', channel: 7 }, false],
])('a request to %s is judged as the server judges it: %j', async (name, request, good) => {
  expect(validates[name]?.(request)).toBe(good)
  const server = await startTestServer()
  onTestFinished(() => server.close())
  const client = await connect(server.ws)
  client.send({ ...request, id: 'asked' })
  const answer = await client.frame((frame) => (frame as Told & { id?: string }).id === 'asked')
  expect(answer.type !== 'error').toBe(good)
})
