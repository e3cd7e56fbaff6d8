/** A bare `ws` or stock socket.io server, as its documentation shows it: the peer of idle connections. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { WebSocketServer } from 'ws'
import './collect.ts'

const SUBSCRIBED = 'Subscribed to blockchain_events'
const http = createServer()
if (process.argv[2] === 'socketio')
  new Server(http).on('connection', (socket) =>
    socket.on('subscribe', ({ channel }: { channel: string }) => {
      void socket.join(channel)
      socket.emit('system', { message: SUBSCRIBED })
    }),
  )
else
  new WebSocketServer({ server: http }).on('connection', (socket) =>
    socket.on('message', () => socket.send(JSON.stringify({ message: SUBSCRIBED }))),
  )
http.listen(0, '127.0.0.1', 4_096, () => process.send?.({ port: (http.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit())
