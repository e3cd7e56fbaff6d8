import { describe, expect, it } from 'vitest'
import type { MetricSources } from '../../src/control/metrics.ts'
import type { ActorReport, Tree } from '../../src/runtime/index.ts'
import { block, record } from '../store/support.ts'
import { FOLLOWING, serve } from './support.ts'

const WIRE = { side: 'out' as const, credit: 8, inFlight: 3, waiting: false, stalledMs: 1_500 }

function reportOf(more: Partial<ActorReport> = {}): ActorReport {
  return {
    ...{ state: 'up', generation: 1, restarts: 0, recentDeaths: 0, uptimeMs: 5, tickAgeMs: 1, cpuMs: 1, progress: 0 },
    ...{ eventLoopUtilization: 0.25, heapUsedBytes: 1_000, heapLimitBytes: 4_000, asksInFlight: 2, oldestAskMs: null },
    eventLoopLag: { p50: 1, p99: 20 },
    ...{ wires: { committed: WIRE }, lastVerdict: null },
    ...more,
  }
}

function treeOf(report: ActorReport): Tree {
  return {
    actors: { 'event-store': report },
    supervisors: { pipeline: { state: 'running', deaths: 0, lastFailure: null, children: [] } },
    ...{ zombies: 0, deadLetters: 0 },
  }
}

const SOURCES: MetricSources = {
  gateway: () => ({
    ...{
      connections: { websocket: 3, 'socket.io': 1 },
      subscriptions: { transfers: 2 },
      sentBytes: { websocket: 100 },
    },
    ...{ framesSent: { websocket: { event: 9 } }, framesConflated: { transfers: 4 } },
    ...{ connectionsClosed: { websocket: { server_busy: 1 } }, resumes: { memory: 1, ledger: 2, expired: 0 } },
  }),
  caches: () => ({
    user_data: {
      hits: 8,
      misses: 2,
      stale: 1,
      entries: 4,
      bytes: 512,
      evictions: { lru: 1, ttl: 2, tag: 3, bytes: 0 },
    },
  }),
  ledger: () => ({ log: 4_096, wal: 0 }),
  stages: () => [{ stages: { fetch: 4, decode: 1, commit: 30, publish: 2 }, delivery: 33, doors: ['websocket'] }],
  requests: () => [{ endpoint: 'https://node.example', method: 'block_results', outcome: 'ok', milliseconds: 7 }],
  asks: () => [{ actor: 'event-store', question: 'resume', outcome: 'ok', milliseconds: 3 }],
  loads: () => [{ cache: 'user_data', outcome: 'error', milliseconds: 12 }],
  commits: () => ({
    blocks: { 'catch-up': 5, live: 2 },
    events: [{ contract: 'market', type: 'market.sold', count: 6 }],
  }),
}

const QUIET = { stages: () => [], requests: () => [], asks: () => [], loads: () => [] }

/** All that are ours; dashboards and alerts of operators name them. */
const NAMES = `
  build_info ready degraded
  chain_head_height committed_height committed_block_timestamp_seconds blocks_committed_total events_committed_total
  stage_duration_seconds delivery_seconds poison_items_total chain_faults_total
  rpc_request_duration_seconds rpc_endpoint_height rpc_endpoint_up
  actor_up actor_restarts_total actor_mailbox_depth actor_ask_duration_seconds actor_eventloop_utilization_ratio
  actor_eventloop_lag_seconds actor_heap_used_bytes
  wire_in_flight wire_stalled_seconds_total
  ledger_size_bytes ledger_oldest_height ledger_gaps ledger_quarantined
  cache_requests_total cache_entries cache_size_bytes cache_evictions_total cache_load_duration_seconds
  connections subscriptions frames_sent_total sent_bytes_total frames_conflated_total connections_closed_total resumes_total
  task_duration_seconds task_lag_seconds
`
  .trim()
  .split(/\s+/)
  .map((name) => `seiche_${name}`)

/** Name and labels → value. */
function read(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

describe('/metrics', () => {
  it('says how everything stands, in the text format', async () => {
    const served = await serve({
      ...{
        blocks: [block(1, [record(0, 0)]), block(2), { ...block(3), time: '2026-01-01T00:00:03.123456789Z' }],
        parts: { metrics: SOURCES },
      },
      tree: treeOf(reportOf()),
    })
    served.vitals.source({
      ...FOLLOWING,
      endpoints: [
        {
          ...{ alias: 'https://node.example', up: true, latestHeight: 7, earliestHeight: 1, requests: 1, failures: 0 },
        },
      ],
    })
    const { status, text, headers } = await served.ask('/metrics')
    expect([status, headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/plain; version=0\.0\.4/)])
    expect(Object.fromEntries(read(text))).toMatchObject({
      seiche_ready: 1,
      'seiche_chain_head_height{chain_id="test-1"}': 3,
      'seiche_committed_height{chain_id="test-1"}': 3,
      'seiche_committed_block_timestamp_seconds{chain_id="test-1"}': Date.parse('2026-01-01T00:00:03.123Z') / 1_000,
      'seiche_blocks_committed_total{chain_id="test-1",mode="live"}': 2,
      'seiche_events_committed_total{contract="market",type="market.sold"}': 6,
      'seiche_rpc_endpoint_height{endpoint="https://node.example"}': 7,
      'seiche_rpc_endpoint_up{endpoint="https://node.example"}': 1,
      'seiche_actor_up{actor="event-store"}': 1,
      'seiche_actor_mailbox_depth{actor="event-store"}': 2,
      'seiche_actor_eventloop_utilization_ratio{actor="event-store"}': 0.25,
      'seiche_actor_heap_used_bytes{actor="event-store"}': 1_000,
      'seiche_wire_in_flight{wire="committed"}': 3,
      'seiche_wire_stalled_seconds_total{wire="committed"}': 1.5,
      'seiche_actor_eventloop_lag_seconds{actor="event-store",quantile="0.99"}': 0.02,
      'seiche_actor_ask_duration_seconds_count{actor="event-store",question="resume",outcome="ok"}': 1,
      'seiche_rpc_request_duration_seconds_sum{endpoint="https://node.example",method="block_results",outcome="ok"}': 0.007,
      'seiche_cache_load_duration_seconds_bucket{le="0.025",cache="user_data",outcome="error"}': 1,
      'seiche_poison_items_total{actor="event-decoder",reason="transaction"}': 0,
      'seiche_ledger_oldest_height{chain_id="test-1"}': 1,
      'seiche_ledger_size_bytes{file="log"}': 4_096,
      'seiche_cache_requests_total{cache="user_data",result="hit"}': 8,
      'seiche_cache_requests_total{cache="user_data",result="miss"}': 2,
      'seiche_cache_requests_total{cache="user_data",result="stale"}': 1,
      'seiche_cache_entries{cache="user_data"}': 4,
      'seiche_cache_size_bytes{cache="user_data"}': 512,
      'seiche_cache_evictions_total{cache="user_data",reason="tag"}': 3,
      'seiche_connections{door="websocket"}': 3,
      'seiche_subscriptions{channel="transfers"}': 2,
      'seiche_frames_sent_total{door="websocket",kind="event"}': 9,
      'seiche_sent_bytes_total{door="websocket"}': 100,
      'seiche_frames_conflated_total{channel="transfers"}': 4,
      'seiche_connections_closed_total{door="websocket",reason="server_busy"}': 1,
      'seiche_resumes_total{source="ledger"}': 2,
      'seiche_task_duration_seconds_count{task="cache_cleanup",outcome="ok"}': 1,
      'seiche_task_lag_seconds{task="cache_cleanup"}': expect.any(Number),
      'seiche_stage_duration_seconds_sum{stage="commit"}': 0.03,
      'seiche_stage_duration_seconds_bucket{le="0.005",stage="fetch"}': 1,
      'seiche_delivery_seconds_sum{door="websocket"}': 0.033,
      process_start_time_seconds: expect.any(Number),
    })
    expect(text).toMatch(/^seiche_build_info\{version="\d+\.\d+\.\d+",node="v\d+.*",role="all"\} 1$/m)
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m)
  })

  it('has a help and a type for every name, each once; counters and no others end in _total', async () => {
    const { text } = await (await serve({ parts: { metrics: SOURCES }, tree: treeOf(reportOf()) })).ask('/metrics')
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({ name, type }))
    const ours = types.filter(({ name }) => name.startsWith('seiche_'))
    expect(new Set(types.map(({ name }) => name)).size).toBe(types.length)
    expect(text.match(/^# HELP /gm)?.length).toBe(types.length)
    expect(ours.filter(({ name, type }) => name.endsWith('_total') !== (type === 'counter'))).toEqual([])
    expect(ours.map(({ name }) => name).sort()).toEqual([...NAMES].sort())
  })

  it('reads only what is there: a scrape twice counts nothing twice', async () => {
    const { ask } = await serve({ parts: { metrics: { ...SOURCES, ...QUIET } }, tree: treeOf(reportOf()) })
    const scraped = async () => read((await ask('/metrics')).text)
    const [first, second] = [await scraped(), await scraped()]
    const totals = [...first].filter(([name]) => /^seiche_.*(_total|_count)[{ ]?/.test(name))
    expect(totals.length).toBeGreaterThan(10)
    for (const [name, value] of totals) expect([name, second.get(name)]).toEqual([name, value])
  })

  it('puts restarts down to what ended the generation before', async () => {
    const died = (restarts: number, kind: 'failed' | 'blocked'): ActorReport =>
      reportOf({
        ...{ restarts, generation: restarts + 1 },
        lastVerdict: { kind, reason: 'it', generation: restarts, when: '2026-01-01T00:00:00Z', progress: [0, 0] },
      })
    const tree = treeOf(died(2, 'failed'))
    const { ask } = await serve({ tree })
    const restarts = async (reason: string) =>
      read((await ask('/metrics')).text).get(`seiche_actor_restarts_total{actor="event-store",reason="${reason}"}`)
    expect([await restarts('failed'), await restarts('blocked')]).toEqual([2, undefined])
    tree.actors['event-store'] = died(3, 'blocked')
    expect([await restarts('failed'), await restarts('blocked')]).toEqual([2, 1])
    tree.actors['event-store'] = died(1, 'blocked') // stopped and started anew
    expect([await restarts('failed'), await restarts('blocked')]).toEqual([2, 2])
  })

  it('a part that can not be read now is missing, and the rest is there', async () => {
    const metrics: MetricSources = {
      ...SOURCES,
      gateway: () => {
        throw new Error('closed')
      },
    }
    const { status, text } = await (await serve({ parts: { metrics } })).ask('/metrics')
    expect([status, /^seiche_connections\{/m.test(text)]).toEqual([200, false])
    expect(text).toMatch(/^seiche_cache_entries\{/m)
  })

  it('types that a contract invents without end stay few', async () => {
    const events = Array.from({ length: 1_000 }, (_, n) => ({ contract: 'market', type: `t${n}`, count: 2 }))
    const metrics: MetricSources = { ...SOURCES, commits: () => ({ blocks: { 'catch-up': 0, live: 1 }, events }) }
    const { text } = await (await serve({ parts: { metrics } })).ask('/metrics')
    expect(text.match(/^seiche_events_committed_total\{/gm)?.length).toBe(201)
    expect(read(text).get('seiche_events_committed_total{contract="other",type="other"}')).toBe(1_600)
  })

  it('counts requests by the template of their route, never by their path', async () => {
    const { ask } = await serve()
    await ask('/api/realtime/views/transfers')
    await ask('/api/realtime/views/nothing')
    await ask('/api/realtime/secret-path-of-a-scanner')
    await ask('/api/realtime/events', { method: 'PROPFIND' })
    const { text } = await ask('/metrics')
    const count = (labels: string) => read(text).get(`http_server_request_duration_seconds_count{${labels}}`)
    const view = 'method="GET",route="/api/realtime/views/:name"'
    expect([count(`${view},status_code="200"`), count(`${view},status_code="404"`)]).toEqual([1, 1])
    expect(count('method="GET",route="none",status_code="404"')).toBe(1)
    expect(count('method="other",route="none",status_code="405"')).toBe(1)
    expect(text).not.toContain('scanner')
  })

  it('is beside the limits, but behind the guard', async () => {
    const { ask } = await serve({ maxRequestsPerMinute: 1 })
    for (let n = 0; n < 3; n++) expect((await ask('/metrics')).status).toBe(200)
    expect((await ask('/metrics', { headers: { host: 'evil.example' } })).status).toBe(403)
    expect((await ask('/metrics', { method: 'POST' })).status).toBe(405)
  })
})
