import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
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

/** A server of bare sockets, which `answer`s the request that is its nth by connection and its nth of all. */
async function serveBytes(answer: (socket: Socket, ofConnection: number, ofAll: number) => void): Promise<string> {
  let all = 0
  const server: Server = createTcpServer((socket) => {
    let own = 0
    socket.on('data', () => answer(socket, ++own, ++all)).on('error', () => {})
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const answerWith = (body: string, ...headers: string[]): string =>
  ['HTTP/1.1 200 OK', ...headers, `content-length: ${body.length}`, '', body].join('\r\n')

it('a kept connection that the node closed before it answered is no failure: the request goes out once more', async () => {
  let connections = new Set<Socket>()
  const transport = open(
    await serveBytes((socket, ofConnection, ofAll) => {
      connections = connections.add(socket)
      if (ofConnection === 1) socket.write(answerWith(String(ofAll)))
      else socket.destroy()
    }),
  )
  expect(await transport.post('', text)).toBe('1')
  expect(await transport.post('', text)).toBe('3')
  expect(connections.size).toBe(2)
})

it('a new connection closed before an answer, and any closed in the middle of one, are E_RPC_UNREACHABLE and not tried again', async () => {
  const seen: number[] = []
  const url = await serveBytes((socket, _, ofAll) => {
    seen.push(ofAll)
    if (ofAll === 2) socket.end(answerWith('whole').slice(0, -2))
    else if (ofAll === 3) socket.destroy()
    else socket.write(answerWith('whole'))
  })
  const transport = open(url)
  expect(await transport.post('', text)).toBe('whole')
  for (const _ of [2, 3]) await expect(transport.post('', text)).rejects.toMatchObject({ code: 'E_RPC_UNREACHABLE' })
  expect(seen).toEqual([1, 2, 3])
  expect(await transport.post('', text)).toBe('whole')
})

it('what a node says unasked costs it the connection, and reaches no request', async () => {
  const sockets: Socket[] = []
  const url = await serveBytes((socket, _, ofAll) => {
    sockets.push(socket)
    socket.write(answerWith(String(ofAll)))
  })
  const transport = open(url)
  expect(await transport.post('', text)).toBe('1')
  const closed = new Promise((done) => sockets[0]?.once('close', done))
  sockets[0]?.write(answerWith('unasked'))
  await closed
  expect(await transport.post('', text)).toBe('2')
})

it('answers of HTTP/1.0 and those that close the connection are read to their end, one connection each', async () => {
  const connections = new Set<Socket>()
  const url = await serveBytes((socket, _, ofAll) => {
    connections.add(socket)
    if (ofAll === 1) socket.end('HTTP/1.0 200 OK\r\n\r\nuntil the end')
    else if (ofAll === 2) socket.write(answerWith('closing', 'Connection: foo, Close'))
    else socket.write(answerWith('kept'))
  })
  const transport = open(url)
  const answers = []
  for (const _ of [1, 2, 3, 4]) answers.push(await transport.post('', text))
  expect(answers).toEqual(['until the end', 'closing', 'kept', 'kept'])
  expect(connections.size).toBe(3)
})

it('no more connections than allowed are opened, and an answer is lent to its own reader only', async () => {
  const connections = new Set<unknown>()
  const url = await serve(async (request, response) => {
    connections.add(request.socket)
    response.end((await request.toArray()).join(''))
  })
  const transport = open(url, { connections: 3, deadline: 5_000 })
  const bodies = Array.from({ length: 40 }, (_, n) => String(n).repeat(1 + n * 997))
  expect(await Promise.all(bodies.map((body) => transport.post(body, text)))).toEqual(bodies)
  expect(connections.size).toBe(3)
})

it('a closed transport ends what is under way and what waits, and takes nothing more', async () => {
  const transport = open(await serve(() => {}), { connections: 1, deadline: 60_000 })
  const requests = Promise.allSettled([transport.post('', text), transport.post('', text)])
  await new Promise((done) => setTimeout(done, 20))
  await transport.close()
  const reason = expect.objectContaining({ code: 'E_RPC_UNREACHABLE' })
  expect(await requests).toEqual([1, 2].map(() => ({ status: 'rejected', reason })))
  await expect(transport.post('', text)).rejects.toEqual(reason)
})

it.each([
  { 'x-key': 'a\r\nx-other: b' },
  { 'x key': 'a' },
  { 'Content-Length': '9' },
  { 'transfer-encoding': 'chunked' },
])('a header that would change the request is refused: %o', async (headers) => {
  await expect(open('http://127.0.0.1:1', { headers }).post('', text)).rejects.toMatchObject({
    message: expect.stringContaining('no node can be sent the header'),
  })
})

it('a key in the URL or in a header goes with every request; a header given replaces ours', async () => {
  const url = await serve(({ headers, url }, response) => {
    response.end([url, headers.authorization, headers['content-type'], headers['x-key']].join(' '))
  })
  const secret = open(url.replace('//', '//user:pa%20ss@').concat('/rpc/?a=b%0d'), {
    headers: { 'X-Key': 'k', 'Content-Type': 'a/b' },
  })
  expect(await secret.post('', text)).toBe(`/rpc/?a=b%0d Basic ${Buffer.from('user:pa ss').toString('base64')} a/b k`)
})

it('over TLS the name is asked for and the certificate checked: another name and an unknown issuer are E_RPC_UNREACHABLE', async () => {
  const [key, cert] = ['key', 'cert'].map((name) =>
    readFileSync(new URL(`localhost.${name}.pem`, import.meta.url), 'utf8'),
  )
  const names: unknown[] = []
  const server = createSecureServer({ key, cert }, async (request, response) => {
    names.push((request.socket as TLSSocket).servername)
    const asked = Buffer.concat(await request.toArray()).toString()
    for (let n = 0; n < 10; n++) response.write(asked.repeat(10_000))
    response.end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const post = (host: string): Promise<string> =>
    open(`https://${host}:${port}`, { deadline: 5_000 }).post('body', text)
  await expect(post('localhost')).rejects.toMatchObject({ code: 'E_RPC_UNREACHABLE' })
  setDefaultCACertificates([cert ?? ''])
  onTestFinished(() => setDefaultCACertificates(getCACertificates('bundled')))
  expect(await post('localhost')).toBe('body'.repeat(100_000))
  await expect(post('127.0.0.1')).rejects.toMatchObject({ code: 'E_RPC_UNREACHABLE' })
  expect(names).toEqual(['localhost'])
})
