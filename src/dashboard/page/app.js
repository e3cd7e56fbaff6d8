/** The page: one connection, one state, panels that show it. Fed once a second by `subscribe system` with `stats: true`. */
import { Confirm, call, operatorToken, TokenField } from './actions.js'
import { Api } from './api.js'
import { Charts } from './charts.js'
import { connect } from './connection.js'
import { LiveEvents } from './events.js'
import { clock, duration, number } from './format.js'
import { Caches, Clients, Endpoints, Kpis, Operators, readingOf, Tasks } from './panels.js'
import { State } from './parts.js'
import { Pipeline, Supervision } from './pipeline.js'
import { html, render, useEffect, useRef, useState } from './preact.js'
import { TryIt } from './try.js'

const [SECONDS, EVENTS] = [900, 500]
const dark = matchMedia('(prefers-color-scheme: dark)')

function App() {
  const [view, setView] = useState({ past: [], history: [], columns: [], events: [], actions: [] })
  const [up, setUp] = useState(false)
  const [refused, setRefused] = useState()
  const [paused, setPaused] = useState(false)
  const [theme, setTheme] = useState(localStorage.getItem('theme') ?? (dark.matches ? 'dark' : 'light'))
  const [wanted, setWanted] = useState()
  const connection = useRef()
  const held = useRef()

  useEffect(() => {
    connection.current = connect({
      subscriptions: () => [statsRequest(), { channel: 'blockchain_events' }],
      stands: setUp,
      said: (name, { channel, data }) => {
        if (name === 'error') setRefused(data)
        else if (channel === 'system' && data.stats) {
          setRefused(undefined)
          setView((before) => told(before, data.stats))
        } else if (channel === 'blockchain_events' && name === 'event') setView((before) => happened(before, [data]))
      },
    })
    call('GET', 'api/realtime/events?limit=20').then(({ body }) =>
      setView((before) => happened(before, (body.events ?? []).toReversed())),
    )
    const followed = ({ matches }) => !localStorage.getItem('theme') && setTheme(matches ? 'dark' : 'light')
    dark.addEventListener('change', followed)
    return () => {
      connection.current.close()
      dark.removeEventListener('change', followed)
    }
  }, [])
  useEffect(() => {
    document.documentElement.dataset.theme = theme
  }, [theme])

  if (!paused) held.current = view
  const { stats, past, history, columns, events, actions } = held.current
  const act = (effect, path) => setWanted({ effect, path })
  const enter = (event) => {
    event.preventDefault()
    connection.current.send('subscribe', statsRequest())
  }
  const turn = () => {
    const other = theme === 'dark' ? 'light' : 'dark'
    localStorage.setItem('theme', other)
    setTheme(other)
  }
  return html`<div class=${up || !stats ? '' : 'stale'}>
    <header class="top">
      <h1>Seiche</h1>
      ${stats && html`<${Standing} stats=${stats} columns=${columns} up=${up} />`}
      <button class="push" aria-pressed=${paused} onClick=${() => setPaused(!paused)}>${paused ? 'go on' : 'pause'}</button>
      <button onClick=${turn} aria-label=${`Switch to the ${theme === 'dark' ? 'light' : 'dark'} theme`}>◐</button>
    </header>
    <p class="hidden" role="status" aria-live="polite">${spoken(stats, up)}</p>
    ${!stats && (refused ? html`<${Refused} refusal=${refused} again=${enter} />` : html`<main id="main"><section><p>connecting …</p></section></main>`)}
    ${
      stats &&
      html`<main id="main">
      <${Kpis} stats=${stats} columns=${columns} />
      <${Pipeline} stats=${stats} past=${past} />
      <${Charts} columns=${columns} history=${history} theme=${theme} />
      <${Supervision} stats=${stats} act=${act} />
      <${Endpoints} stats=${stats} />
      <${Tasks} stats=${stats} act=${act} />
      <${Caches} stats=${stats} act=${act} />
      <${Clients} stats=${stats} />
      <${Operators} actions=${actions} />
      <${LiveEvents} events=${events} now=${stats.at} />
      <${TryIt} channels=${Object.keys(stats.gateway.subscriptions)} webSocketPort=${stats.webSocketPort} />
      <${Api} />
    </main>`
    }
    <${Confirm} wanted=${wanted} done=${() => setWanted(undefined)} />
  </div>`
}

const statsRequest = () => ({ channel: 'system', stats: true, ...(operatorToken() ? { token: operatorToken() } : {}) })

function told(before, stats) {
  const history = stats.history ?? [...before.history, ...(stats.reading ? [stats.reading] : [])].slice(-SECONDS)
  return {
    ...before,
    stats,
    history,
    columns: stats.columns ?? before.columns,
    actions: stats.actions ?? before.actions,
    past: [...before.past, stats].slice(-60),
  }
}

/** The newest first; what was seen before is not seen twice. */
function happened(before, events) {
  const known = new Set(before.events.map(({ id }) => id))
  const fresh = events.filter(({ id }) => !known.has(id)).reverse()
  return { ...before, events: [...fresh, ...before.events].slice(0, EVENTS) }
}

const KINDS = { live: 'good', syncing: 'warn', stale: 'warn' }

function Standing({ stats, columns, up }) {
  const { sync, chainId } = stats
  const { deliveryP50 } = readingOf({ columns, reading: stats.reading })
  const behind = sync.headHeight === null ? null : Math.max(0, sync.headHeight - sync.indexedHeight)
  return html`
    <span>${chainId ?? 'no chain yet'} ${up ? html`<${State} kind=${KINDS[sync.state] ?? 'bad'}>${sync.state}<//>` : html`<${State} kind="bad">data from ${clock(stats.at)}<//>`}</span>
    <span>head ${number(sync.headHeight && Math.max(sync.headHeight, sync.indexedHeight))}</span>
    <span>committed ${number(sync.indexedHeight)}</span>
    <span>lag ${number(behind)} blocks${deliveryP50 === null ? '' : ` · ${duration(deliveryP50)}`}</span>
    <span>up ${duration(stats.at - stats.startedAt)}</span>`
}

function Refused({ refusal, again }) {
  return html`<main id="main"><section>
    <p>${refusal.message}</p>
    ${
      refusal.code === 'unauthorized' &&
      html`<form onSubmit=${again}>
      <${TokenField} /> <button class="main" type="submit">enter</button>
    </form>`
    }
  </section></main>`
}

/** Read aloud when it changes, and only then. */
function spoken(stats, up) {
  if (!stats) return ''
  if (!up) return 'The connection to the server was lost.'
  return `The log is ${stats.sync.state}. ${stats.degraded.length ? `Wrong: ${stats.degraded.map(({ reason }) => reason).join(', ')}.` : 'Nothing is wrong.'}`
}

render(html`<${App} />`, document.getElementById('app'))
