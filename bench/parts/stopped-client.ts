/**
 * A WebSocket client that reads nothing any more: what is new is pushed to it, and history besides, so that the kernel's
 * buffers are full soon. Says so on its IPC channel.
 */
import { WebSocket } from 'ws'

const [url = ''] = process.argv.slice(2)
const OWN_CHANNELS = ['transfers', 'groups', 'pots', 'vaults']

const socket = new WebSocket(url, { perMessageDeflate: false })
const subscribe = (channel: string, data: object = {}): void =>
  socket.send(JSON.stringify({ type: 'subscribe', channel, data }))

let answered = 0
socket.on('open', () => {
  for (const channel of OWN_CHANNELS) subscribe(channel)
})
socket.on('message', (data) => {
  if (!String(data).includes('"message":"Subscribed to')) return
  answered += 1
  if (answered < OWN_CHANNELS.length) return
  subscribe('blockchain_events', { since: '0-0-0' })
  socket.pause()
  process.send?.({ stopped: true })
})
process.channel?.ref() // a socket that is not read keeps no process alive
