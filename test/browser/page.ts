/** What the pages of client.test.ts run: the client by itself, and React's hooks in strict mode. */
import { createElement, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createClient } from '../../src/client/index.ts'
import { createHooks } from '../../src/react/index.ts'

interface Shown {
  ids: string[]
  statuses: string[]
  outages: string[]
}

const page = globalThis as unknown as {
  shown: Shown
  document: { body: never }
  location: { search: string }
}
const { searchParams } = new URL(`http://page${page.location.search}`)
const client = createClient(searchParams.get('ws') ?? '')
const shown: Shown = { ids: [], statuses: [], outages: [] }
page.shown = shown
client.on('status', ({ status }) => shown.statuses.push(status))
client.on('outage', (kind) => shown.outages.push(kind))

if (searchParams.has('react')) {
  const { useEvents, useStatus, useView } = createHooks(client)
  const Events = () => {
    const { status, data = [] } = useEvents('transfers', { since: '0-0-0' })
    return createElement('p', { id: 'events' }, `${status} ${data.map(({ id }) => id).join(' ')}`)
  }
  const View = () => {
    const { data } = useView('transfers')
    return createElement('p', { id: 'view' }, JSON.stringify(data ?? null))
  }
  const Nobody = () => createElement('p', { id: 'nobody' }, useEvents('transfers', { address: undefined }).status)
  const Status = () => createElement('p', { id: 'status' }, useStatus().status)
  const all = [Events, View, View, Nobody, Status].map((part, key) => createElement(part, { key }))
  createRoot(page.document.body).render(createElement(StrictMode, null, all))
} else client.subscribe('blockchain_events', { since: '0-0-0', onEvent: ({ id }) => void shown.ids.push(id) })
