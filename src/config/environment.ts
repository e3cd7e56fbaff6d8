/** `SEICHE_<SECTION>_<FIELD>` as settings. An unknown variable of ours is an error: a typo must not start a wrong system. */
import { readFileSync } from 'node:fs'
import { didYouMean } from './nearest.ts'
import type { Settings } from './resolve.ts'

type Read = (text: string) => unknown

const text: Read = (value) => value
const number: Read = (value) => (/^\d+$/.test(value) ? Number(value) : value)
const flag: Read = (value) => ({ true: true, false: false })[value] ?? value
const numberOrFlag: Read = (value) => (/^\d+$/.test(value) ? number(value) : flag(value))
/** `all`, `days=30` or `events=1000000`. */
const retained: Read = (value) => {
  const [, unit, count] = /^(days|events)=(\d+)$/.exec(value) ?? []
  return unit ? { [unit]: Number(count) } : value
}
const list: Read = (value) =>
  value
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
const pairs: Read = (value) => Object.fromEntries((list(value) as string[]).map((each) => each.split('=', 2)))

/** Variable → the setting it sets, and how it reads. */
export const VARIABLES: Record<string, [path: string, read: Read]> = {
  SEICHE_CHAIN_ID: ['chain.id', text],
  SEICHE_CHAIN_PREFIX: ['chain.prefix', text],
  SEICHE_CHAIN_ENDPOINTS: ['chain.endpoints', list],
  SEICHE_CHAIN_POLL_INTERVAL: ['chain.pollInterval', number],
  SEICHE_CHAIN_REQUEST_DEADLINE: ['chain.requestDeadline', number],
  SEICHE_CHAIN_MAX_RETRIES: ['chain.maxRetries', number],
  SEICHE_CONTRACTS: ['contracts', pairs],
  SEICHE_APP: ['app', text],
  SEICHE_START_HEIGHT: ['startHeight', number],
  SEICHE_ACCEPT_GAP: ['acceptGap', flag],
  SEICHE_EXIT_ON_FAILURE: ['exitOnFailure', flag],
  SEICHE_ENABLE_EVENT_INDEXING: ['enableEventIndexing', flag],
  SEICHE_ENABLE_WEB_SOCKET: ['enableWebSocket', flag],
  SEICHE_ENABLE_POLLING: ['enablePolling', flag],
  SEICHE_STORE_PATH: ['store.path', text],
  SEICHE_STORE_BATCH_SIZE: ['store.batchSize', number],
  SEICHE_STORE_LOCK_PATIENCE: ['store.lockPatience', number],
  SEICHE_STORE_MIN_FREE_BYTES: ['store.minFreeBytes', number],
  SEICHE_STORE_RETAIN: ['store.retain', retained],
  SEICHE_GATEWAY_PORT: ['gateway.port', number],
  SEICHE_GATEWAY_MAX_CONNECTIONS: ['gateway.maxConnections', number],
  SEICHE_GATEWAY_MAX_CONNECTIONS_PER_IP: ['gateway.maxConnectionsPerIp', number],
  SEICHE_GATEWAY_MAX_NEW_PER_SECOND_PER_IP: ['gateway.maxNewPerSecondPerIp', number],
  SEICHE_GATEWAY_MAX_ADDRESSES_PER_MINUTE_PER_IP: ['gateway.maxAddressesPerMinutePerIp', number],
  SEICHE_GATEWAY_MAX_SUBSCRIPTIONS: ['gateway.maxSubscriptions', number],
  SEICHE_GATEWAY_MAX_MESSAGES_PER_SECOND: ['gateway.maxMessagesPerSecond', number],
  SEICHE_GATEWAY_MAX_MESSAGE_BYTES: ['gateway.maxMessageBytes', number],
  SEICHE_GATEWAY_MAX_BUFFERED_BYTES: ['gateway.maxBufferedBytes', number],
  SEICHE_CONTROL_PORT: ['control.port', number],
  SEICHE_CONTROL_HOST: ['control.host', text],
  SEICHE_CONTROL_ALLOWED_HOSTS: ['control.allowedHosts', list],
  SEICHE_CONTROL_ALLOWED_ORIGINS: ['control.allowedOrigins', list],
  SEICHE_CONTROL_MAX_REQUESTS_PER_MINUTE: ['control.maxRequestsPerMinute', number],
  SEICHE_CONTROL_TRUST_PROXY: ['control.trustProxy', numberOrFlag],
  SEICHE_POLLING_MAX_CONCURRENT_TASKS: ['polling.maxConcurrentTasks', number],
  SEICHE_POLLING_DEFAULT_TIMEOUT: ['polling.defaultTimeout', number],
  SEICHE_POLLING_RETRY_DELAY: ['polling.retryDelay', number],
  SEICHE_POLLING_HEALTH_CHECK_INTERVAL: ['polling.healthCheckInterval', number],
  SEICHE_ADMIN_TOKEN: ['admin.token', text],
  SEICHE_ADMIN_TOKENS: ['admin.tokens', list],
  SEICHE_DRAIN_DELAY: ['drain.delay', number],
  SEICHE_DRAIN_WINDOW: ['drain.window', number],
  SEICHE_LOG_FORMAT: ['log.format', text],
  SEICHE_LOG_LEVEL: ['log.level', text],
}

/** Settings and problems of the environment; `SEICHE_ADMIN_TOKEN_FILE` names a file that holds the token. */
export function environment(env: NodeJS.ProcessEnv): { settings: Settings; problems: string[] } {
  const settings: Settings = {}
  const problems: string[] = []
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('SEICHE_') || value === undefined || name.startsWith('SEICHE_BENCH_')) continue
    const variable = name === 'SEICHE_ADMIN_TOKEN_FILE' ? VARIABLES['SEICHE_ADMIN_TOKEN'] : VARIABLES[name]
    if (!variable) {
      problems.push(
        `${name}: there is no such variable.${didYouMean(name, [...Object.keys(VARIABLES), 'SEICHE_ADMIN_TOKEN_FILE'])}`,
      )
      continue
    }
    try {
      const [path, read] = variable
      put(settings, path.split('.'), read(name.endsWith('_FILE') ? readFileSync(value, 'utf8').trim() : value))
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`)
    }
  }
  return { settings, problems }
}

function put(settings: Settings, [key = '', ...rest]: string[], value: unknown): void {
  if (!rest.length) settings[key] = value
  else {
    const section = (settings[key] ?? {}) as Settings
    settings[key] = section
    put(section, rest, value)
  }
}
