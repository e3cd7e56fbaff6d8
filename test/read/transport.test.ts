import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, it, onTestFinished } from 'vitest'
import { Rpc } from '../../src/chain/read/rpc.ts'
import { openTransport, type TransportOptions } from '../../src/chain/read/transport.ts'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function open(url: string, options: Partial<TransportOptions> = {}): ReturnType<typeof openTransport> {
  const transport = openTransport({ url, deadline: 200, ...options })
  onTestFinished(() => transport.close())
  return transport
}

const text = (answer: Buffer): string => answer.toString()

it('many answers of any size at once are each read whole, chunked or not, from buffers used again', async () => {
  const url = await serve(async (request, response) => {
    let size = ''
    for await (const chunk of request) size += String(chunk)
    if (Number(size) % 2) response.setHeader('content-length', size)
    for (let left = Number(size); left > 0; left -= 50_000) response.write(size.at(-1)?.repeat(Math.min(left, 50_000)))
    response.end()
  })
  const transport = open(url, { deadline: 2_000 })
  for (let round = 0; round < 3; round += 1)
    await Promise.all(
      [1, 70_002, 3, 500_004, 65_535, 65_536, 200_007].map(async (size) => {
        const answer = await transport.post(String(size), text)
        expect(answer).toBe(String(size).at(-1)?.repeat(size))
      }),
    )
})

it('gzip is unpacked; a bomb and an answer over the limit are E_RPC_OVERSIZED, announced or not', async () => {
  const packed = gzipSync('x'.repeat(100_000))
  const url = await serve((request, response) => {
    if (request.url === '/gzip') response.setHeader('content-encoding', 'gzip').end(packed)
    else if (request.url === '/announced') response.end('x'.repeat(100_000))
    else for (let count = 0; count < 10; count += 1) response.write('x'.repeat(10_000))
  })
  expect(await open(`${url}/gzip`).post('', text)).toBe('x'.repeat(100_000))
  for (const path of ['gzip', 'announced', 'chunked'])
    await expect(open(`${url}/${path}`, { maxBytes: 50_000 }).post('', text)).rejects.toMatchObject({
      code: 'E_RPC_OVERSIZED',
    })
})

it('silence before, and in the middle of an answer, and a port where nobody listens each have their code', async () => {
  const url = await serve((request, response) => void (request.url === '/middle' && response.write('{')))
  await expect(open(url).post('', text)).rejects.toMatchObject({ code: 'E_RPC_DEADLINE' })
  await expect(open(`${url}/middle`).post('', text)).rejects.toMatchObject({ code: 'E_RPC_DEADLINE' })
  await expect(open('http://127.0.0.1:1').post('', text)).rejects.toMatchObject({ code: 'E_RPC_UNREACHABLE' })
})

it('an abort ends a request with its own reason, even one that waits for a connection', async () => {
  const transport = open(await serve(() => {}), { connections: 1, deadline: 60_000 })
  const stop = new AbortController()
  const requests = [transport.post('', text, stop.signal), transport.post('', text, stop.signal)]
  stop.abort(new Error('enough'))
  for (const request of requests) await expect(request).rejects.toThrow('enough')
})

it('headers are sent with every request, and Retry-After comes back in milliseconds', async () => {
  const url = await serve((request, response) => {
    response.writeHead(429, { 'retry-after': String(request.headers['x-wait']) }).end('slow down')
  })
  const rpc = new Rpc(open(url, { headers: { 'x-wait': '7' } }))
  await expect(rpc.call('status')).rejects.toMatchObject({ code: 'E_RPC_STATUS', status: 429, retryAfter: 7_000 })
})
