/** Try it: a subscription of one's own, its frames as they come, and how to say the same elsewhere. */
import { operatorToken } from './actions.js'
import { connect } from './connection.js'
import { Panel } from './parts.js'
import { html, useEffect, useRef, useState } from './preact.js'

const KEPT = 30

export function TryIt({ channels, webSocketPort }) {
  const [asked, setAsked] = useState({ channel: 'blockchain_events', address: '', since: '' })
  const [frames, setFrames] = useState([])
  const [runs, setRuns] = useState(false)
  const connection = useRef()
  const stop = () => {
    connection.current?.close()
    connection.current = undefined
    setRuns(false)
  }
  useEffect(() => stop, [])
  const request = Object.fromEntries(Object.entries(asked).filter(([, value]) => value.trim()))
  const start = (event) => {
    event.preventDefault()
    stop()
    setFrames([])
    setRuns(true)
    const add = (text) => setFrames((before) => [{ key: performance.now(), text }, ...before].slice(0, KEPT))
    connection.current = connect({
      subscriptions: () => [{ ...request, ...(operatorToken() ? { token: operatorToken() } : {}) }],
      said: (name, frame) => add(`${name} ${JSON.stringify(frame, null, 1)}`),
      stands: (up) => !up && add('the connection was lost; it comes back by itself'),
    })
  }
  const field = (name, label, hint) =>
    html`<label>${label} <input value=${asked[name]} placeholder=${hint} onInput=${({ target }) => setAsked({ ...asked, [name]: target.value })} /></label>`
  return html`<${Panel} id="try" title="Try it">
    <form class="row" onSubmit=${start}>
      <label>channel <select value=${asked.channel} onChange=${({ target }) => setAsked({ ...asked, channel: target.value })}>
        ${channels.map((name) => html`<option key=${name}>${name}</option>`)}
      </select></label>
      ${field('address', 'address', 'everybody')} ${field('since', 'since', 'now')}
      <button class="main" type="submit">subscribe</button>
      <button type="button" disabled=${!runs} onClick=${stop}>stop</button>
    </form>
    <details><summary>the same elsewhere</summary><pre>${elsewhere(request, webSocketPort)}</pre></details>
    <div aria-label="Frames" role="log" aria-live="off">${frames.map(({ key, text }) => html`<pre key=${key}>${text}</pre>`)}</div>
  <//>`
}

function elsewhere({ channel, address, since }, port) {
  const here = new URL(document.baseURI)
  const scheme = here.protocol === 'https:' ? 'wss' : 'ws'
  const options = [address && `address: '${address}'`, since && `since: '${since}'`, 'onEvent: console.log'].filter(
    Boolean,
  )
  const data = JSON.stringify({
    type: 'subscribe',
    channel,
    data: { ...(address && { address }), ...(since && { since }) },
  })
  const query = new URLSearchParams({ limit: '5', ...(address && { address }), ...(since && { since }) })
  return [
    '// seiche/client',
    `createClient('${scheme}://${here.hostname}:${port}').subscribe('${channel}', { ${options.join(', ')} })`,
    '',
    '# wscat, then type the line below it',
    `wscat -c ${scheme}://${here.hostname}:${port}`,
    data,
    '',
    '# the log, over REST',
    `curl '${new URL('api/realtime/events', here)}?${query}'`,
  ].join('\n')
}
