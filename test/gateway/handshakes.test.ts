/** What socket.io's own handshake makes of odd requests must neither be a way past the limits, nor use them up. */
import { once } from 'node:events'
import { get } from 'node:http'
import { connect as dial } from 'node:net'
import { expect, it } from 'vitest'
import { connectIo } from './client.ts'
import { doors, rig } from './support.ts'

/** The status of one request on a connection of its own, which is closed then. */
async function status(url: string): Promise<number> {
  const [response] = await once(get(url, { agent: false }), 'response')
  response.resume()
  await once(response, 'close')
  return response.statusCode
}

/** Asks for an upgrade and hears the other side out. */
async function upgrade(io: string, query: string, key: string): Promise<void> {
  const socket = dial(Number(new URL(io).port), '127.0.0.1')
  socket.on('error', () => undefined).resume()
  socket.write(
    `GET /socket.io/?${query} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  setTimeout(() => socket.end(), 100)
  await once(socket, 'close')
}

it.each(['xsid=1', 'sid='])('a new connection with %s in its URL counts like any other', async (more) => {
  const { io } = await doors(rig(), { maxConnectionsPerIp: 2 })
  const polling = `${io}/socket.io/?EIO=4&transport=polling&${more}`
  expect([await status(polling), await status(polling), await status(polling)]).toEqual([200, 200, 403])
})

it.each(['polling', 'websocket'])('handshakes that fail keep nobody out of %s', async (transport) => {
  const { io } = await doors(rig(), { maxConnectionsPerIp: 2, maxConnections: 2 })
  const key = `${'A'.repeat(22)}==`
  for (let n = 0; n < 3; n++) {
    expect(await status(`${io}/socket.io/?EIO=3&transport=polling`)).toBe(400)
    await upgrade(io, 'EIO=3&transport=websocket', key)
    await upgrade(io, 'EIO=4&transport=polling', key)
    await upgrade(io, 'EIO=4&transport=websocket', 'no key')
  }
  for (let n = 0; n < 2; n++) await connectIo(io, { transports: [transport] })
  await expect(connectIo(io, { transports: [transport] })).rejects.toThrow()
})
