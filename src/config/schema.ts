/**
 * Every setting: meaning, unit, default. Each has an environment twin, `SEICHE_<SECTION>_<FIELD>`, e.g.
 * `gateway.maxConnections` is `SEICHE_GATEWAY_MAX_CONNECTIONS`; the whole list is docs/configuration.md.
 */
import * as z from 'zod'
import { canonicalAccount } from '../events/accounts.ts'

const whole = (from: number, to: number = Number.MAX_SAFE_INTEGER): z.ZodNumber => {
  const error = `expected a whole number ${to === Number.MAX_SAFE_INTEGER ? `of ${from} or more` : `from ${from} to ${to}`}`
  return z.int({ error }).min(from, { error }).max(to, { error })
}
const RETAIN = { error: "expected 'all', { days: 1 or more } or { events: 1000 or more }" }
const word = (shape: RegExp, error: string): z.ZodString => z.string({ error }).regex(shape, { error })
const list = <T extends z.ZodType>(item: T, error: string): z.ZodArray<T> => z.array(item, { error })
const text = (error: string): z.ZodString => word(/\S/, error)

const port = whole(0, 65_535)
const EXPECTED_URL = 'expected an http:// or https:// URL'
const url = z
  .string({ error: EXPECTED_URL })
  .refine((given) => URL.canParse(given) && /^https?:$/.test(new URL(given).protocol), { error: EXPECTED_URL })
const EXPECTED_ADDRESS = 'expected a bech32 address with a right checksum'
const address = z
  .string({ error: EXPECTED_ADDRESS })
  .refine((given) => canonicalAccount(given) !== undefined, { error: EXPECTED_ADDRESS })
  .transform((given) => given.toLowerCase())

const EXPECTED_PROXIES = 'expected false, or how many proxies stand in front, from 1 to 10'
const proxies = z
  .int({ error: EXPECTED_PROXIES })
  .min(1, { error: EXPECTED_PROXIES })
  .max(10, { error: EXPECTED_PROXIES })
const SECRET = 'expected a secret, e.g. from: openssl rand -hex 32'
const EXPECTED_APP = "expected 'seimoney' or a file: URL, e.g. new URL('./app.ts', import.meta.url)"

const endpoint = z.strictObject({
  /** Where the node answers JSON-RPC. May carry credentials: it is shown as scheme and host only. */
  url,
  /** Headers of every request, e.g. a key. Never shown. Default: none. */
  headers: z.record(z.string(), text('expected the text of a header')).optional(),
  /** Requests a second this node may be asked. Default: no limit of ours. */
  requestsPerSecond: z.number().positive({ error: 'expected a number above 0' }).optional(),
})

const contract = z.strictObject({
  /** The contract's bech32 address. */
  address,
  /** Height of its creation, where the node does not tell (Sei). Default: asked of the node. */
  startHeight: whole(1).optional(),
})

/** Shape of the whole configuration, with its defaults. */
export const schema = z.strictObject({
  chain: z
    .strictObject({
      /** The chain that must be indexed. Default: the one stored with the data, else the first endpoint's. `--chain-id` */
      id: text('expected the id of a chain').optional(),
      /** Prefix of account addresses, e.g. `sei`. Default: that of the contracts. `--prefix` */
      prefix: word(/^[a-z][a-z0-9]*$/, 'expected the prefix of addresses in lower case, e.g. "sei"').optional(),
      /** Nodes, in order of preference: a URL or `{url, headers, requestsPerSecond}`. Default: none. `--rpc` */
      endpoints: list(
        z.union([url.transform((given): z.output<typeof endpoint> => ({ url: given })), endpoint]),
        'expected a list of URLs',
      ).default([]),
      /** Between two `status` requests while no notices come, ms. Default 500. */
      pollInterval: whole(10).default(500),
      /** Longest silence of a node before the next one is asked, ms. Default 5000. */
      requestDeadline: whole(100).default(5_000),
      /** Tries of one node before the next one is asked; it never gives up. Default 1. */
      maxRetries: whole(1, 100).default(1),
    })
    .prefault({}),
  /**
   * The contracts to watch, by the name their events are to carry: an address or `{address, startHeight}`.
   * Default: none. `--contract name=address`, `SEICHE_CONTRACTS=name=address,…`
   */
  contracts: z
    .record(
      word(/^[a-z][\w-]{0,63}$/i, 'expected a name of letters, digits, _ and -, beginning with a letter'),
      z.union([address.transform((given): z.output<typeof contract> => ({ address: given })), contract]),
      { error: 'expected addresses by name' },
    )
    .default({}),
  /** `'seimoney'`, or the `file:` URL of an app module. Default: SeiMoney without a config file, with one plain `<contract>.<name>` events. */
  app: z.union([z.literal('seimoney'), word(/^file:/, EXPECTED_APP), z.instanceof(URL).transform(String)]).optional(),
  /** First height of an empty log. Default: the contracts' creation, else the node's earliest height. `--start-height` */
  startHeight: whole(1).optional(),
  /** Go on above heights that every node has pruned, and record the gap, instead of halting. Default false. `--accept-gap` */
  acceptGap: z.boolean({ error: 'expected true or false' }).default(false),
  /** End the process with 1 when the pipeline has failed, instead of serving the log and trying again. Default false. */
  exitOnFailure: z.boolean({ error: 'expected true or false' }).default(false),
  /** Index the chain; without, the log that is there is served. Default true. */
  enableEventIndexing: z.boolean({ error: 'expected true or false' }).default(true),
  /** Open the WebSocket port. Default true. */
  enableWebSocket: z.boolean({ error: 'expected true or false' }).default(true),
  /** Run tasks. Default true. */
  enablePolling: z.boolean({ error: 'expected true or false' }).default(true),
  store: z
    .strictObject({
      /** The data folder; made when it is not there. Default `./data`. `--data` */
      path: text('expected the path of a folder').default('./data'),
      /** What is kept of the log: `all`, the events of the `days` before its last block, or about the newest so many `events`. Default `all`. */
      retain: z
        .union(
          [z.literal('all', RETAIN), z.strictObject({ days: whole(1) }), z.strictObject({ events: whole(1_000) })],
          RETAIN,
        )
        .default('all'),
      /** Events in one transaction, about; what is beyond waits for the next. Default 2000. */
      batchSize: whole(1, 100_000).default(2_000),
      /** A lock on the store that is not free after this long ends the process with 1, for its supervisor to start anew, ms. Default 120000. */
      lockPatience: whole(1_000).default(120_000),
      /** With less free on the disk of the data folder indexing waits for room, bytes. Default 1073741824. */
      minFreeBytes: whole(0).default(2 ** 30),
    })
    .prefault({}),
  gateway: z
    .strictObject({
      /** Port of plain WebSocket; 0: any free one. Default 8081. `--ws-port` */
      port: port.default(8081),
      /** Connections in total, both doors. Default 10000. */
      maxConnections: whole(1).default(10_000),
      /** Connections from one address. Default 200. */
      maxConnectionsPerIp: whole(1).default(200),
      /** New sockets a second from one address. Default 100. */
      maxNewPerSecondPerIp: whole(1).default(100),
      /** Different accounts a minute that one address may ask for, on sockets and REST together. Default 600. */
      maxAddressesPerMinutePerIp: whole(1).default(600),
      /** Subscriptions of one socket. Default 100. */
      maxSubscriptions: whole(1).default(100),
      /** Messages a second from one socket. Default 50. */
      maxMessagesPerSecond: whole(1).default(50),
      /** Longest message from a client, bytes. Default 16384. */
      maxMessageBytes: whole(1).default(16_384),
      /** What may wait for one socket before it is closed with `server_busy`, bytes. Default 1048576. */
      maxBufferedBytes: whole(1).default(1_048_576),
    })
    .prefault({}),
  control: z
    .strictObject({
      /** Port of REST and socket.io; 0: any free one. Default 3000. `--port` */
      port: port.default(3000),
      /** Where REST and WebSocket listen; beyond loopback only with an admin token. Default 127.0.0.1. `--host` */
      host: text('expected a host name or an IP address').default('127.0.0.1'),
      /** Host names, beside loopback's, under which requests may come. Default: none. */
      allowedHosts: list(text('expected a host name'), 'expected a list of host names').default([]),
      /** Origins of web pages, beside loopback's, that may read and connect; `*`: every page. Default: none. */
      allowedOrigins: list(
        word(/^(\*|[a-z][a-z0-9+.-]*:\/\/[^/]+)$/i, 'expected an origin, e.g. "https://app.example.org"'),
        'expected a list of origins',
      ).default([]),
      /** REST requests a minute from one address. Default 3000. */
      maxRequestsPerMinute: whole(1).default(3_000),
      /** Proxies in front, each adding to X-Forwarded-For: then the client's address is read there. Default false: it is ignored. */
      trustProxy: z.union([z.literal(false, { error: EXPECTED_PROXIES }), proxies]).default(false),
    })
    .prefault({}),
  polling: z
    .strictObject({
      /** Tasks that run at the same time. Default 6. */
      maxConcurrentTasks: whole(1, 100).default(6),
      /** Longest run of a task that says nothing of it, ms. Default 30000. */
      defaultTimeout: whole(10).default(30_000),
      /** Before the second try of a failed run; later ones wait longer, ms. Default 1000. */
      retryDelay: whole(0).default(1_000),
      /** Between two looks for tasks that are stuck, ms. Default 10000. */
      healthCheckInterval: whole(100).default(10_000),
    })
    .prefault({}),
  admin: z
    .strictObject({
      /** Proves an operator; make it of 32 random bytes. Default: none. `SEICHE_ADMIN_TOKEN`, or the path of a file in `SEICHE_ADMIN_TOKEN_FILE`. */
      token: text(SECRET).optional(),
      /** More of them, each as good: to change one, have the old and the new for a while. Default: none. */
      tokens: list(text(SECRET), 'expected a list of secrets').default([]),
    })
    .prefault({}),
  drain: z
    .strictObject({
      /** Between saying that it is not ready and closing anything, so that load balancers hear of it, ms. Default 5000; 0 on a terminal. */
      delay: whole(0, 10_000).optional(),
      /** Longest over which clients are sent away; each takes 2 ms of it, ms. Default 10000. */
      window: whole(0, 10_000).default(10_000),
    })
    .prefault({}),
  log: z
    .strictObject({
      /** `pretty` for people, `json` for machines. Default: pretty on a terminal, else json. `--log` */
      format: z.enum(['json', 'pretty'], { error: "expected 'json' or 'pretty'" }).optional(),
      /** The least important lines that are written. Default `info`. */
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error'], { error: 'expected trace, debug, info, warn or error' })
        .default('info'),
    })
    .prefault({}),
})

/** What {@link defineConfig} takes. */
export type SeicheConfigInput = z.input<typeof schema>

/** The configuration with every default in place. Plain data: survives structured clone. */
export type SeicheConfig = z.output<typeof schema>

/** Types and completes a configuration: `export default defineConfig({ … })`. */
export function defineConfig(config: SeicheConfigInput): SeicheConfigInput {
  return config
}
