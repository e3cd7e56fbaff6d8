/** The real control server over a real store; only the actors are told of, not run. */

import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { SourceStatus } from '../../src/chain/read/types.ts'
import type { Patience } from '../../src/config/index.ts'
import { adminBy } from '../../src/control/admin.ts'
import { clientAddress } from '../../src/control/client-address.ts'
import type { ControlDeps } from '../../src/control/deps.ts'
import { createGuard, type GuardOptions } from '../../src/control/guard.ts'
import { distinctLimit } from '../../src/control/rate-limit.ts'
import { routesOf } from '../../src/control/routes/index.ts'
import { createControl } from '../../src/control/server.ts'
import { txLookup } from '../../src/control/tx-lookup.ts'
import { createVitals, type Vitals } from '../../src/control/vitals.ts'
import type { ResolveHex } from '../../src/events/accounts.ts'
import type { DecodedBlock } from '../../src/events/types.ts'
import { CodedError, type Tree } from '../../src/runtime/index.ts'
import type { LogReader } from '../../src/store/types.ts'
import { folder, range, readerOn, writerOn } from '../store/support.ts'
import { type Conform, conforming, type Document } from './conform.ts'
import { type Parts, someParts } from './parts.ts'

export interface Served {
  port: number
  vitals: Vitals
  /** Faults of ours that were logged. */
  faults: unknown[]
  /** What operators did, as it was logged. */
  audited: object[]
  /** What `/openapi.json` says. */
  document: Document
  ask(path: string, options?: Ask): Promise<Answer>
}

export interface Ask {
  method?: string
  headers?: Record<string, string>
  /** Parts of it, sent one by one without a length. */
  body?: string | readonly string[]
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
}

export interface ServeOptions extends Partial<GuardOptions> {
  /** What proves an operator. Default: none is asked. */
  adminToken?: string
  /** More of them. */
  adminTokens?: string[]
  trustProxy?: number
  maxAddressesPerMinute?: number
  patience?: Patience
  blocks?: DecodedBlock[]
  maxRequestsPerMinute?: number
  /** Stands for the node that is asked about unknown transactions. */
  askNode?(hash: string): Promise<'failed' | 'unknown'>
  /** Stands for the nodes that are asked what `0x…` stands for. Default: nobody is asked. */
  resolveHex?: ResolveHex
  /** Stands in for parts of the store's reader. */
  reader?: Partial<LogReader>
  /** Stand in for parts of the house. */
  parts?: Partial<Parts>
  tree?: Tree
}

const TREE: Tree = {
  actors: {},
  supervisors: { pipeline: { state: 'running', deaths: 0, lastFailure: null, children: [] } },
  zombies: 0,
  deadLetters: 0,
}

export const FOLLOWING: SourceStatus = {
  state: 'following',
  chainId: 'test-1',
  headHeight: 3,
  fetchedHeight: 3,
  fault: null,
  endpoints: [],
}

export async function serve({
  blocks = [],
  maxRequestsPerMinute = 1_000,
  maxAddressesPerMinute = 1_000,
  adminToken,
  adminTokens = [],
  trustProxy,
  patience,
  ...options
}: ServeOptions = {}): Promise<Served> {
  const path = folder()
  const writer = writerOn(path)
  if (blocks.length) writer.commit(range(blocks))
  const reader = { ...readerOn(path), ...options.reader }
  const parts = { ...someParts(), ...options.parts }
  const vitals = createVitals({
    actors: () => ({
      tree: () => TREE,
      brief: () => TREE.actors,
      supervisorState: (name) => TREE.supervisors[name]?.state,
    }),
    clients: () => 0,
    maxConnections: () => 10_000,
    wsPort: () => 8081,
    indexedHeight: reader.checkpoint().height,
    quarantined: () => reader.quarantined(),
    running: () => true,
    enabled: { eventIndexing: true, webSocket: true, polling: true },
    tasks: () => parts.polling.getTaskStats(),
    caches: () => parts.caches,
    projections: () => reader.projections(),
  })
  vitals.source(FOLLOWING)
  const faults: unknown[] = []
  const lookup = txLookup(options.askNode ?? (() => Promise.resolve('unknown')))
  const audited: object[] = []
  const deps: ControlDeps = {
    ...parts,
    ...{ vitals, reader, lookup, prefix: 'wasm', audit: (line: object) => void audited.push(line) },
    ...(options.resolveHex ? { resolveHex: options.resolveHex } : {}),
    actors: {
      tree: () => options.tree ?? TREE,
      restart: async (name) => {
        if (name !== 'event-store') throw new CodedError('E_NO_ACTOR', `no actor "${name}"`)
      },
      profile: async (_, milliseconds) => [{ at: 'store.ts:1', function: 'commit', share: milliseconds / 1_000 }],
    },
  }
  const server = createControl(deps, {
    guard: createGuard({ allowedHosts: [], allowedOrigins: [], ...options }),
    maxRequestsPerMinute: () => maxRequestsPerMinute,
    accounts: distinctLimit(() => maxAddressesPerMinute, 60_000),
    isAdmin: adminBy(adminToken === undefined ? adminTokens : [adminToken, ...adminTokens]),
    addressOf: clientAddress(trustProxy ?? false),
    ...(patience ? { patience } : {}),
    onFault: (error) => faults.push(error),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const document = (await send(port, '/openapi.json')).body as Document
  const conform: Conform = conforming(routesOf(deps), document)
  const ask: Served['ask'] = async (path, asked) => {
    const answer = await send(port, path, asked)
    conform(asked?.method ?? 'GET', path, answer)
    return answer
  }
  return { ...{ port, vitals, faults, audited, document, ask } }
}

/** A request with exactly these headers: `fetch` would not send another Host. */
async function send(port: number, path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
  const sent = request({ port, host: '127.0.0.1', path, method, headers, agent: false })
  if (body === undefined || typeof body === 'string') sent.end(body)
  else {
    for (const part of body) if (!sent.destroyed) sent.write(part)
    sent.end()
  }
  const [response] = await once(sent, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const json = String(response.headers['content-type']).startsWith('application/json')
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    body: json && text ? JSON.parse(text) : undefined,
  }
}
