/** Requests over several connections, each waiting for its answer: a client that costs next to nothing. */
import { once } from 'node:events'
import { connect } from 'node:net'

/** Sends `total` times `GET path` over `connections`, and answers how many a second. Every answer must be a 200. */
export async function requestsPerSecond(
  url: string,
  path: string,
  total: number,
  connections: number,
): Promise<number> {
  const { hostname, port, host } = new URL(url)
  const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
  let left = total
  const begun = performance.now()
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(Number(port), hostname)
      socket.setNoDelay(true)
      await once(socket, 'connect')
      let received = Buffer.alloc(0)
      const next = (): void => {
        left -= 1
        if (left < 0) socket.end()
        else socket.write(request)
      }
      socket.on('data', (chunk) => {
        received = received.length ? Buffer.concat([received, chunk]) : chunk
        const length = answerLength(received)
        if (length === undefined || received.length < length) return
        received = received.subarray(length)
        next()
      })
      next()
      await once(socket, 'close')
    }),
  )
  return total / ((performance.now() - begun) / 1_000)
}

/** Bytes of the answer that begins here; undefined until its head is whole. */
function answerLength(received: Buffer): number | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = received.toString('latin1', 0, end)
  const [, length] = /^content-length: (\d+)/im.exec(head) ?? []
  if (!head.startsWith('HTTP/1.1 200') || length === undefined)
    throw new Error(`not the answer that was expected: ${head}`)
  return end + 4 + Number(length)
}
