/**
 * The socket.io door of the server that gave this page, spoken by hand: it stands under the page's own address, so that a
 * proxy, a path before it and the strictest policy for content let it through. The protocols are engine.io's, revision 4,
 * and socket.io's, revision 5 (https://socket.io/docs/v4/engine-io-protocol, …/socket-io-protocol).
 */
const [FIRST_RETRY, LONGEST_RETRY] = [500, 10_000]
/** The server pings every 15 s and gives 15 s for the answer, ms. */
const SILENCE = 32_000

/** Connects, and again whenever it ends. `said` gets every frame by its name, `stands` true or false. */
export function connect({ subscriptions, said, stands }) {
  const url = new URL('socket.io/?EIO=4&transport=websocket', document.baseURI)
  url.protocol = url.protocol.replace('http', 'ws')
  let socket
  let retry = FIRST_RETRY
  let timer
  let silence
  let ended = false

  const send = (name, ...payload) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(`42${JSON.stringify([name, ...payload])}`)
  }
  const listen = () => {
    clearTimeout(silence)
    silence = setTimeout(() => socket.close(), SILENCE)
  }
  const open = () => {
    clearTimeout(timer)
    socket = new WebSocket(url)
    socket.onmessage = ({ data }) => {
      listen()
      if (data[0] === '0') socket.send('40')
      else if (data === '2') socket.send('3')
      else if (data.startsWith('40')) {
        retry = FIRST_RETRY
        stands(true)
        for (const request of subscriptions()) send('subscribe', request)
      } else if (data.startsWith('42')) said(...JSON.parse(data.slice(2)))
    }
    socket.onclose = () => {
      clearTimeout(silence)
      if (ended) return
      stands(false)
      timer = setTimeout(open, retry * (0.5 + Math.random()))
      retry = Math.min(2 * retry, LONGEST_RETRY)
    }
  }
  const now = () => {
    if (!ended && socket.readyState === WebSocket.CLOSED) open()
  }
  addEventListener('online', now)
  document.addEventListener('visibilitychange', now)
  open()
  return {
    send,
    close: () => {
      ended = true
      clearTimeout(timer)
      removeEventListener('online', now)
      document.removeEventListener('visibilitychange', now)
      socket.close()
    },
  }
}
