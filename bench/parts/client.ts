/**
 * A WebSocket client in a process of its own: subscribes from the start of the log, counts distinct event ids, and says
 * so on its IPC channel when one of the expected numbers is there.
 */
const [url = '', ...counts] = process.argv.slice(2)
const expected = new Set(counts.map(Number))

const ids = new Set<string>()
let doubled = 0

function connect(): void {
  const socket = new WebSocket(url)
  socket.onopen = () => {
    socket.send(JSON.stringify({ type: 'subscribe', channel: 'blockchain_events', data: { since: '0-0-0' } }))
    process.send?.({ subscribed: true })
  }
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(String(data)) as { type: string; channel?: string; id?: string }
    if (frame.type !== 'event' || frame.channel !== 'blockchain_events' || !frame.id) return
    if (ids.has(frame.id)) doubled += 1
    ids.add(frame.id)
    if (expected.has(ids.size)) process.send?.({ received: ids.size, doubled })
  }
  socket.onerror = () => setTimeout(connect, 100)
}

connect()
