/** A client that never comes to its end. */
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'

/** Patience that a test can wait for. */
export const IMPATIENT = {
  ...{ headersTimeout: 100, requestTimeout: 300, keepAliveTimeout: 100, connectionsCheckingInterval: 20 },
}

/**
 * Says `text`, then `more` again and again; resolves with what it was told when the server has ended it. `stays`: being
 * told to go is not enough.
 */
export function slow(port: number, text: string, more = '', stays = false): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: stays })
  const dribble = setInterval(() => socket.write(more), 10)
  const told: Buffer[] = []
  onTestFinished(() => void socket.destroy())
  socket.write(text)
  socket.on('data', (chunk) => told.push(chunk))
  socket.on('error', () => undefined) // what it still writes may find nobody
  return new Promise((resolve) => {
    socket.on('close', () => {
      clearInterval(dribble)
      resolve(Buffer.concat(told).toString())
    })
  })
}
