import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { devnetContracts } from '../../src/devnet/settings.ts'
import { command, temporaryFolder } from './seiche.ts'

const root = resolve(import.meta.dirname, '../..')

/** The usage examples of the document that this software grew from, as they stand there. */
const STARTING = `
import { getRealTimeService } from './services/realTimeService';

const realTimeService = getRealTimeService({
  enableEventIndexing: true,
  enableWebSocket: true,
  enablePolling: true,
  webSocketPort: 8081
});

await realTimeService.initialize();
await realTimeService.start();
`
const CONNECTING = `
const ws = new WebSocket('ws://localhost:8081');

// Subscribe to market data
ws.send(JSON.stringify({
  type: 'subscribe',
  channel: 'market_stats',
  data: { address: 'sei1user...' }
}));

// Handle real-time updates
ws.on('message', (data) => {
  const message = JSON.parse(data);
  if (message.type === 'data_update') {
    console.log('Real-time update:', message.data);
  }
});
`
const CACHING = `
import { ApplicationCache } from './services/cacheService';

const cache = ApplicationCache.getMarketDataCache();

// Cache with tags
cache.set('market_stats', marketData, {
  ttl: 30000,
  tags: ['market', 'stats']
});

// Get cached data
const stats = cache.get('market_stats');

// Invalidate by tag
cache.invalidateByTag('market');
`
const CACHE_OPERATIONS = `
// Set with tags for smart invalidation
cache.set(key, data, { ttl: 60000, tags: ['market', 'stats'] });

// Get with automatic expiry checking
const data = cache.get(key);

// Invalidate by tag
cache.invalidateByTag('market'); // Clears all market-related data

// Cache-aside pattern
const data = await cache.getOrSet(key, async () => {
  return await fetchFromBlockchain();
});
`
const NAMED_CACHES = `
ApplicationCache.getMarketDataCache()    // 30s TTL for market data
ApplicationCache.getUserDataCache()      // 1min TTL for user data  
ApplicationCache.getContractDataCache()  // 2min TTL for contract data
ApplicationCache.getSystemCache()        // 5min TTL for system data
`
const CURL = `
# Check system status
curl http://localhost:3000/api/realtime/status

# Start services
curl -X POST http://localhost:3000/api/realtime/start

# Get recent events
curl http://localhost:3000/api/realtime/events?limit=10

# Clear cache
curl -X POST http://localhost:3000/api/realtime/cache/clear
`

/** Everything that is changed: where it is imported from, waiting for \`open\`, a valid address, and defined variables. */
const EDITS: [snippet: string, from: string, to: string][] = [
  [STARTING, `'./services/realTimeService'`, `'seiche'`],
  [CACHING, `'./services/cacheService'`, `'seiche'`],
  [CACHING, 'const cache =', `const marketData = { price: '1' };\nconst cache =`],
  [CONNECTING, 'const ws =', `import WebSocket from 'ws';\nconst ws =`],
  [CONNECTING, '\n// Subscribe', `await new Promise((open) => ws.on('open', open));\n// Subscribe`],
  [CONNECTING, 'sei1user...', devnetContracts('base64')['payments'] ?? ''],
  [CACHE_OPERATIONS, '\n//', `const [key, value, fetchFromBlockchain] = ['k', { a: 1 }, async () => ({ b: 2 })];\n//`],
  [CACHE_OPERATIONS, 'cache.set(key, data,', 'cache.set(key, value,'],
  [CACHE_OPERATIONS, 'const data = await cache.getOrSet', 'const fetched = await cache.getOrSet'],
]

function edited(snippet: string): string {
  return EDITS.reduce((text, [of, from, to]) => (of === snippet ? text.replace(from, to) : text), snippet)
}

/** Runs a module as a user's own, beside the package's source; answers what it printed, a line at a time, until it ends. */
async function run(source: string): Promise<string[]> {
  const folder = mkdtempSync(join(root, 'node_modules', '.task-7-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'main.mjs'), source.replaceAll(`'seiche'`, `'../../src/index.ts'`))
  const child = spawn(process.execPath, [join(folder, 'main.mjs')], {
    env: { ...process.env, SEICHE_STORE_PATH: temporaryFolder() },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let [out, errors] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const [code] = (await once(child, 'close')) as [number | null]
  expect(errors).toBe('')
  expect(code).toBe(0)
  return out.trimEnd().split('\n')
}

it('the snippets that start the service, connect a client and wait for an update run, and the process ends by shutdown', async () => {
  const lines = await run(`${edited(STARTING)}${edited(CONNECTING)}
    const update = await new Promise((resolve) => ws.on('message', (text) => {
      const message = JSON.parse(String(text))
      if (message.type === 'data_update') resolve(message)
    }))
    process.stdout.write('RESULT ' + JSON.stringify(update) + '\\n')
    process.stdout.write('STATUS ' + JSON.stringify(realTimeService.getSystemStatus()) + '\\n')
    await realTimeService.shutdown()`)
  const said = (what: string): Record<string, unknown> =>
    JSON.parse(lines.find((line) => line.startsWith(`${what} `))?.slice(what.length) ?? 'null')
  expect(said('RESULT')).toMatchObject({
    type: 'data_update',
    channel: 'market_stats',
    data: { totalTvl: expect.any(Object), asOf: { height: expect.any(Number) } },
  })
  expect(said('STATUS')).toMatchObject({
    eventIndexer: { running: true },
    webSocket: { running: true, connectedClients: 1, port: 8081 },
    polling: { running: true, totalTasks: 6, enabledTasks: 6 },
    cache: { totalCaches: 4 },
  })
  expect(lines.some((line) => line.startsWith('Real-time update:'))).toBe(true)
}, 90_000)

it('the snippets of the cache run without a service', async () => {
  const lines = await run(`${edited(CACHING)}
    const names = [${NAMED_CACHES.trim()
      .split('\n')
      .map((line) => line.replace(/ *\/\/.*/, ''))
      .join(', ')}].map((each) => each.name)
    process.stdout.write(JSON.stringify({ stats, after: cache.get('market_stats'), names }))`)
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    stats: { price: '1' },
    after: null,
    names: ['market_data', 'user_data', 'contract_data', 'system'],
  })
})

it('the snippet of cache operations runs', async () => {
  const lines = await run(`import { ApplicationCache } from 'seiche'
    const cache = ApplicationCache.getUserDataCache()
    ${edited(CACHE_OPERATIONS)}
    process.stdout.write(JSON.stringify({ data, fetched, again: cache.get(key) }))`)
  expect(JSON.parse(lines[0] ?? '')).toEqual({ data: { a: 1 }, fetched: { b: 2 }, again: { b: 2 } })
})

it('the four curl lines run as they stand against `seiche dev` on its own ports', async () => {
  const dev = command(['dev', '--data', temporaryFolder(), '--log', 'json'])
  await dev.line(({ msg }) => msg === 'ready')
  const lines = CURL.split('\n').filter((line) => line.startsWith('curl '))
  const answers: Record<string, unknown>[] = []
  for (const line of lines) {
    const { stdout } = await promisify(execFile)('bash', ['-c', `${line} --silent --show-error`])
    answers.push(JSON.parse(stdout) as Record<string, unknown>)
  }
  expect(answers).toMatchObject([
    { ok: true, status: { eventIndexer: { running: true } } },
    { ok: true, changed: false },
    {
      ok: true,
      events: expect.any(Array),
      next: expect.toSatisfy((next) => next === null || typeof next === 'string'),
    },
    { ok: true, message: expect.any(String) },
  ])
  expect(await dev.kill('SIGTERM')).toBe(0)
}, 90_000)
