/** The other panels: what stands where, as tables. */
import { bytes, clock, duration, number, percent, short } from './format.js'
import { Panel, State, Table } from './parts.js'
import { html } from './preact.js'

const sum = (counts) => Object.values(counts ?? {}).reduce((all, n) => all + n, 0)

/** The newest reading, by name. */
export function readingOf({ columns, reading }) {
  return Object.fromEntries((columns ?? []).map((name, n) => [name, reading?.[n] ?? null]))
}

export function Kpis({ stats, columns }) {
  const now = readingOf({ columns, reading: stats.reading })
  const { connections } = stats.gateway
  const caches = Object.values(stats.caches)
  const hits = caches.reduce((all, cache) => all + cache.hits, 0)
  const reads = caches.reduce((all, cache) => all + cache.misses, hits)
  const kpis = [
    ['events/s', short(now.eventsPerSecond)],
    ['block → client p50 · p99', `${duration(now.deliveryP50)} · ${duration(now.deliveryP99)}`],
    [
      'clients',
      `${number(sum(connections))} (ws ${number(connections.websocket)}, io ${number(connections['socket.io'])})`,
    ],
    ['cache hits', reads ? percent(hits / reads) : '–'],
    ['deaths in 1 h', number(stats.deathsLastHour)],
  ]
  return html`<dl class="kpis">${kpis.map(([name, value]) => html`<div class="kpi"><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

export function Endpoints({ stats }) {
  const { source, degraded, gaps, quarantined, projections } = stats
  const head = source?.headHeight ?? null
  return html`<${Panel} id="endpoints" title="Nodes and faults" half>
    <${Table}
      caption="Nodes"
      empty="no node yet"
      rows=${(source?.endpoints ?? []).map((each) => ({ key: each.alias, ...each }))}
      columns=${[
        ['node', ({ alias }) => alias],
        [
          'state',
          ({ up, setAside }) => html`<${State} kind=${up ? 'good' : 'bad'}>${setAside ?? (up ? 'up' : 'down')}<//>`,
        ],
        ['height', ({ latestHeight }) => number(latestHeight), 'number'],
        [
          'behind',
          ({ latestHeight }) => number(head === null || latestHeight === null ? null : head - latestHeight),
          'number',
        ],
        ['requests', ({ requests }) => number(requests), 'number'],
        ['failures', ({ failures }) => number(failures), 'number'],
      ]}
    />
    ${
      degraded.length
        ? html`<ul>${degraded.map(({ reason, message }) => html`<li key=${reason}><${State} kind="warn">${reason}<//> ${message}</li>`)}</ul>`
        : html`<p><${State} kind="good">nothing is wrong<//></p>`
    }
    <p class="quiet">
      ${number(gaps)} gaps · ${number(quarantined)} set aside ·
      ${number(projections.filter(({ state }) => state === 'suspended').length)} projections suspended
    </p>
  <//>`
}

export const Caches = ({ stats, act }) =>
  html`<${Panel} id="caches" title="Caches" half>
    <${Table}
      caption="Caches"
      rows=${Object.entries(stats.caches).map(([key, cache]) => ({ key, ...cache }))}
      columns=${[
        ['name', ({ key }) => key],
        ['entries', ({ entries }) => number(entries), 'number'],
        ['size', (cache) => bytes(cache.bytes), 'number'],
        [
          'hit / miss / stale',
          ({ hits, misses, stale }) => `${number(hits)} / ${number(misses)} / ${number(stale)}`,
          'number',
        ],
        [
          'evicted',
          ({ evictions }) =>
            Object.entries(evictions)
              .filter(([, n]) => n)
              .map(([why, n]) => `${why} ${number(n)}`)
              .join(', ') || '–',
        ],
        [
          '',
          ({ key }) =>
            html`<button aria-label=${`Clear ${key}`} onClick=${() => act(`Clear the cache ${key}: its entries are loaded again when they are next asked for.`, `cache/${key}/clear`)}>clear</button>`,
        ],
      ]}
    />
  <//>`

export const Tasks = ({ stats, act }) =>
  html`<${Panel} id="tasks" title="Tasks" half>
    <${Table}
      caption="Tasks"
      empty="no task is configured"
      rows=${stats.tasks.map((task) => ({ key: task.id, ...task }))}
      columns=${[
        ['task', ({ id, enabled }) => html`${id}${!enabled && html` <${State} kind="quiet">off<//>`}`],
        ['every', ({ interval }) => duration(interval), 'number'],
        [
          'next in',
          ({ nextRun, isRunning }) =>
            isRunning ? 'runs' : nextRun === null ? '–' : duration(Math.max(0, nextRun - stats.at)),
          'number',
        ],
        ['last', ({ history, lastDurationMs }) => lastRun(history.at(-1), lastDurationMs)],
        [
          'runs',
          ({ runCount, errorCount }) => `${number(runCount)}${errorCount ? ` (${number(errorCount)} failed)` : ''}`,
          'number',
        ],
        [
          '',
          ({ id, enabled }) => html`
          <button aria-label=${`Run ${id} now`} onClick=${() => act(`Run ${id} now.`, `polling/tasks/${id}/run`)}>run</button>
          <button aria-label=${`${enabled ? 'Pause' : 'Resume'} ${id}`} onClick=${() => act(`${enabled ? 'Switch off' : 'Switch on'} ${id}.`, `polling/tasks/${id}/${enabled ? 'disable' : 'enable'}`)}>${enabled ? 'pause' : 'resume'}</button>`,
        ],
      ]}
    />
    ${stats.tasks.map(
      ({ id, history }) => html`<details key=${id}><summary>${id}: the last ${number(history.length)} runs</summary>
      <ol reversed>${[...history].reverse().map((run) => html`<li key=${run.startedAt}>${clock(run.startedAt)} ${duration(run.durationMs)} ${run.trigger} <${State} kind=${run.outcome === 'ok' ? 'good' : 'bad'}>${run.outcome}<//> ${run.error}</li>`)}</ol>
    </details>`,
    )}
  <//>`

function lastRun(run, took) {
  if (!run) return '–'
  return html`<${State} kind=${run.outcome === 'ok' ? 'good' : 'bad'}>${run.outcome}<//> ${duration(took ?? run.durationMs)}`
}

export const Operators = ({ actions }) =>
  html`<${Panel} id="operators" title="Operators" half>
    <${Table}
      caption="Actions"
      empty="nobody has acted"
      rows=${actions.map((action) => ({ key: action.requestId, ...action }))}
      columns=${[
        ['when', ({ at }) => clock(at)],
        ['who', ({ operator }) => operator],
        ['what', ({ action, name, id }) => `${action} ${name ?? id ?? ''}`],
        ['outcome', ({ outcome }) => outcome],
        ['request', ({ requestId }) => requestId],
      ]}
    />
  <//>`

export function Clients({ stats }) {
  const { subscriptions, connectionsClosed, resumes, framesConflated } = stats.gateway
  const reasons = Object.entries(connectionsClosed).flatMap(([door, counts]) =>
    Object.entries(counts).map(([why, n]) => `${door} ${why} ${number(n)}`),
  )
  return html`<${Panel} id="clients" title="Clients" half>
    <${Table}
      caption="Subscriptions by channel"
      rows=${Object.entries(subscriptions).map(([key, count]) => ({ key, count }))}
      columns=${[
        ['channel', ({ key }) => key],
        ['subscriptions', ({ count }) => number(count), 'number'],
        ['conflated', ({ key }) => number(framesConflated[key] ?? 0), 'number'],
      ]}
    />
    <h3>For whom most waits</h3>
    <${Table}
      caption="Slowest clients"
      empty="nobody is connected"
      rows=${stats.slowest.map((client) => ({ key: client.id, ...client }))}
      columns=${[
        ['client', ({ id }) => id.slice(0, 15)],
        ['door', ({ door }) => door],
        ['waiting', ({ bufferedBytes }) => bytes(bufferedBytes), 'number'],
        ['acknowledged, blocks ago', ({ lag }) => number(lag), 'number'],
      ]}
    />
    <p class="quiet">closed: ${reasons.join(', ') || 'none'} · resumed: ${Object.entries(resumes)
      .map(([from, n]) => `${from} ${number(n)}`)
      .join(', ')}</p>
  <//>`
}
