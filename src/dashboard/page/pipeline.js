/** The pipeline with its bottleneck marked, and the supervision tree. */
import { bytes, duration, number, percent } from './format.js'
import { Panel, State } from './parts.js'
import { html } from './preact.js'

/** From node to client: an actor, the wire behind it, … */
const FLOW = [
  { actor: 'block-fetcher', wire: 'hits' },
  { actor: 'event-decoder', wire: 'records' },
  { actor: 'event-store', wire: 'committed' },
]
const MINUTE = 60_000
/** Less waiting than this in a minute is no bottleneck, ms. */
const WORTH_TELLING = 1_000

const wireOf = (tree, name) =>
  Object.values(tree.actors)
    .map(({ wires }) => wires[name])
    .find(Boolean)

/** By wire: how long senders waited for credit within the last minute, ms. `past`: frames, the oldest first. */
export function stalledLately(past) {
  const now = past.at(-1)
  const then = past.find(({ at }) => now.at - at <= MINUTE) ?? now
  return Object.fromEntries(
    FLOW.map(({ wire }) => {
      const [after, before] = [wireOf(now.tree, wire), wireOf(then.tree, wire)]
      return [wire, after && before ? Math.max(0, after.stalledMs - before.stalledMs) : 0]
    }),
  )
}

export function Pipeline({ stats, past }) {
  const stalled = stalledLately(past)
  const [worst, most] = Object.entries(stalled).sort(([, a], [, b]) => b - a)[0]
  const slow = most >= WORTH_TELLING ? worst : undefined
  return html`<${Panel} id="pipeline" title="Pipeline">
    <ol class="pipeline">
      <li><strong>nodes</strong><br />${number(stats.source?.endpoints.filter(({ up }) => up).length ?? 0)} of ${number(stats.source?.endpoints.length ?? 0)} up</li>
      <li class="wire" aria-hidden="true">▶</li>
      ${FLOW.map(({ actor, wire }, n) => [
        html`<${Box} name=${actor} report=${stats.tree.actors[actor]} slow=${n > 0 && FLOW[n - 1].wire === slow} />`,
        html`<${Arrow} name=${wire} state=${wireOf(stats.tree, wire)} stalled=${stalled[wire]} />`,
      ])}
      <li class=${slow === 'committed' ? 'bottleneck' : ''}>
        <strong>gateway</strong>${slow === 'committed' && html` <span class="bad">■ bottleneck</span>`}<br />
        ${number(Object.values(stats.gateway.connections).reduce((sum, n) => sum + n, 0))} clients
      </li>
    </ol>
  <//>`
}

function Box({ name, report, slow }) {
  if (!report) return html`<li><strong>${name}</strong><br /><${State} kind="quiet">not configured<//></li>`
  return html`<li class=${slow ? 'bottleneck' : ''}>
    <strong>${name}</strong>${slow && html` <span class="bad">■ bottleneck</span>`}<br />
    <${ActorState} report=${report} /> · ${number(report.asksInFlight)} asked<br />
    <span class="quiet">busy ${percent(report.eventLoopUtilization)} · heap ${bytes(report.heapUsedBytes)}</span>
  </li>`
}

const Arrow = ({ name, state, stalled }) =>
  html`<li class="wire">
    ${name} ▶<br />${number(state?.inFlight)} / ${number(state?.credit)}<br />
    ${stalled >= WORTH_TELLING ? html`<span class="bad">waited ${duration(stalled)}/min</span>` : html`<span>no waiting</span>`}
  </li>`

const ActorState = ({ report }) =>
  html`<${State} kind=${report.state === 'up' ? 'good' : report.state === 'down' ? 'bad' : 'warn'}>${report.state}<//>`

export const Supervision = ({ stats, act }) =>
  html`<${Panel} id="tree" title="Supervision tree" half>
    <ul class="tree"><${Branch} name="root" tree=${stats.tree} act=${act} /></ul>
    <p class="quiet">${number(stats.deathsLastHour)} deaths within the hour · ${number(stats.tree.zombies)} zombies · ${number(stats.tree.deadLetters)} dead letters</p>
  <//>`

function Branch({ name, tree, act }) {
  const supervisor = tree.supervisors[name]
  if (!supervisor) return html`<${Leaf} name=${name} report=${tree.actors[name]} act=${act} />`
  return html`<li>
    <strong>${name}</strong> <${State} kind=${supervisor.state === 'running' ? 'good' : 'warn'}>${supervisor.state}<//>
    ${supervisor.lastFailure && html` <span class="bad">${supervisor.lastFailure}</span>`}
    <ul>${supervisor.children.map((child) => html`<${Branch} key=${child} name=${child} tree=${tree} act=${act} />`)}</ul>
  </li>`
}

function Leaf({ name, report, act }) {
  if (!report) return null
  const { generation, restarts, lastVerdict, uptimeMs } = report
  return html`<li>
    ${name} <${ActorState} report=${report} />
    <span class="quiet"> generation ${number(generation)} · ${number(restarts)} restarts · up ${duration(uptimeMs)} </span>
    <button
      aria-label=${`Restart ${name}`}
      onClick=${() => act(`Restart ${name}: what it has in work is finished first, then a new thread takes over.`, `actors/${name}/restart`)}
    >restart</button>
    ${lastVerdict && html`<br /><span class="quiet">last ended: ${lastVerdict.reason}${lastVerdict.at ? ` at ${lastVerdict.at}` : ''}</span>`}
  </li>`
}
