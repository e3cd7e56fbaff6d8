/** Events as they come. While they are not followed, or one is open, new ones wait, so that nothing moves under the reader. */
import { duration, number } from './format.js'
import { Panel } from './parts.js'
import { html, useState } from './preact.js'

const SHOWN = 50

export function LiveEvents({ events, now }) {
  const [filter, setFilter] = useState('')
  const [held, setHeld] = useState()
  const wanted = ({ type, contract }) => `${type} ${contract}`.includes(filter.trim())
  const shown = (held ?? events).filter(wanted).slice(0, SHOWN)
  const fresh = held ? events.indexOf(held[0]) : 0
  const waiting = fresh < 0 ? events.length : fresh
  return html`<${Panel} id="events" title="Live events">
    <div class="row">
      <label>type or contract <input value=${filter} onInput=${({ target }) => setFilter(target.value)} /></label>
      <label><input type="checkbox" checked=${!held} onChange=${({ target }) => setHeld(target.checked ? undefined : events)} /> follow</label>
      ${waiting > 0 && html`<button onClick=${() => setHeld(events)}>${number(waiting)} new, show</button>`}
    </div>
    ${!shown.length && html`<p class="quiet">no event yet</p>`}
    ${shown.map(
      (event) => html`<details key=${event.id} onToggle=${({ target }) => target.open && !held && setHeld(events)}>
        <summary>
          <strong>${event.type}</strong> ${event.contract} · block ${number(event.blockHeight)} · tx ${event.txHash?.slice(0, 8) ?? '–'} ·
          <span class="quiet"> ${duration(Math.max(0, now - Date.parse(event.timestamp)))} ago</span>
        </summary>
        <p>position <code>${event.id}</code></p>
        <pre>${JSON.stringify(event, null, 2)}</pre>
      </details>`,
    )}
  <//>`
}
