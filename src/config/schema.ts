/** Every setting: meaning, unit, default. Each has an environment twin, `SEICHE_<SECTION>_<FIELD>`. */
import { z } from 'zod'

const port = z.number().int().min(0).max(65_535)
const address = z.string().regex(/^[a-z][a-z0-9]*1[02-9ac-hj-np-z]{6,}$/, 'a bech32 address in lower case')
const url = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'an http:// or https:// URL')

const endpoint = z.strictObject({
  /** Where the node answers JSON-RPC. May carry credentials: it is shown as scheme and host only. */
  url,
  /** Headers of every request. */
  headers: z.record(z.string(), z.string()).optional(),
  /** Requests a second this node may be asked. Default: no limit of ours. */
  requestsPerSecond: z.number().positive().optional(),
})

const contract = z.strictObject({
  /** Canonical bech32. */
  address,
  /** Height of its creation, where the node does not tell (Sei). */
  startHeight: z.number().int().positive().optional(),
})

/** Shape of the whole configuration, with its defaults. */
export const schema = z.strictObject({
  chain: z
    .strictObject({
      /** The chain that must be indexed. Default: the one stored with the data, else the first endpoint's. `--chain-id` */
      id: z.string().min(1).optional(),
      /** Prefix of account addresses. Default: that of the contracts. `--prefix` */
      prefix: z.string().regex(/^[a-z][a-z0-9]*$/).optional(),
      /** Nodes, in order of preference; a URL or `{url, headers, requestsPerSecond}`. `--rpc` */
      endpoints: z.array(z.union([url.transform((text) => ({ url: text })), endpoint])).default([]),
      /** Between two `status` requests while no notices come, ms. */
      pollInterval: z.number().int().min(10).default(500),
      /** Longest silence of a node before the next one is asked, ms. */
      requestDeadline: z.number().int().min(100).default(5_000),
    })
    .prefault({}),
  /** The contracts to watch, by the name their events are to carry. `--contract name=address` */
  contracts: z.record(z.string().regex(/^[a-z][\w-]*$/i), z.union([address.transform((text) => ({ address: text })), contract])).default({}),
  /** `'seimoney'`, or the URL of an app module; none: plain `<contract>.<name>` events. Default: SeiMoney where no file is given. */
  app: z.union([z.literal('seimoney'), z.instanceof(URL).transform(String), z.string().regex(/^file:/, "'seimoney' or a file: URL")]).optional(),
  /** First height of an empty log. Default: the contracts' creation, else the node's earliest height. `--start-height` */
  startHeight: z.number().int().positive().optional(),
  store: z
    .strictObject({
      /** The data folder. `--data` */
      path: z.string().min(1).default('./data'),
      /** What is kept of the log. */
      retain: z.literal('all').default('all'),
    })
    .prefault({}),
  gateway: z
    .strictObject({
      /** Port of plain WebSocket; 0: any free one. `--ws-port` */
      port: port.default(8081),
      /** Connections in total, both doors. */
      maxConnections: z.number().int().positive().default(10_000),
      /** Connections from one address. */
      maxConnectionsPerIp: z.number().int().positive().default(200),
      /** New sockets a second from one address. */
      maxNewPerSecondPerIp: z.number().int().positive().default(100),
      /** Subscriptions of one socket. */
      maxSubscriptions: z.number().int().positive().default(100),
      /** Messages a second from one socket. */
      maxMessagesPerSecond: z.number().int().positive().default(50),
      /** Longest message from a client, bytes. */
      maxMessageBytes: z.number().int().positive().default(16_384),
      /** What may wait for one socket before it is closed with `server_busy`, bytes. */
      maxBufferedBytes: z.number().int().positive().default(1_048_576),
    })
    .prefault({}),
  control: z
    .strictObject({
      /** Port of REST and socket.io; 0: any free one. `--port` */
      port: port.default(3000),
      /** Where REST and WebSocket listen. Beyond loopback only with an admin token. `--host` */
      host: z.string().min(1).default('127.0.0.1'),
      /** Host names, beside loopback's, under which requests may come. */
      allowedHosts: z.array(z.string()).default([]),
      /** Origins of web pages, beside loopback's, that may read and connect. */
      allowedOrigins: z.array(z.string()).default([]),
      /** Requests a minute from one address. */
      maxRequestsPerMinute: z.number().int().positive().default(1_200),
    })
    .prefault({}),
  admin: z
    .strictObject({
      /** Proves an operator; at least 32 characters. `SEICHE_ADMIN_TOKEN`, or a file's path in `SEICHE_ADMIN_TOKEN_FILE`. */
      token: z.string().min(32).optional(),
    })
    .prefault({}),
  log: z
    .strictObject({
      /** `pretty` for people; default: pretty on a terminal, else json. `--log` */
      format: z.enum(['json', 'pretty']).optional(),
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
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
