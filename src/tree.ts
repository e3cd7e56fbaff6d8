/** The supervision tree of a configuration: who is started in which order, and what each is told at its birth. */
import type { BlockFetcherBoot } from '../workers/block-fetcher.ts'
import type { CacheOwnerBoot } from '../workers/cache-owner.ts'
import type { DevnetBoot } from '../workers/devnet.ts'
import type { EventDecoderBoot } from '../workers/event-decoder.ts'
import type { EventStoreBoot } from '../workers/event-store.ts'
import type { SchedulerBoot } from '../workers/scheduler.ts'
import { defaultCaches } from './cache/named.ts'
import { suspectsOf } from './chain/decode/poison.ts'
import type { WatchedContract } from './chain/decode/types.ts'
import { freePort, type SeicheConfig } from './config/index.ts'
import { sibling } from './config/sibling.ts'
import type { DevnetSettings } from './devnet/settings.ts'
import type { EventStoreQuestions } from './protocol.ts'
import type { ActorRef, ActorSpec, SupervisorSpec } from './runtime/index.ts'

/** A recording to play: its folder, and × recorded speed. */
export interface TapeSource {
  dir: string
  pace: number
}

/** A node of our own as the source: a recording, or a chain that is made here. */
export type EmbeddedNode = TapeSource | DevnetSettings

const entry = (name: string): URL => sibling(import.meta.url, `../workers/${name}`)

/** The store may wait for a disk: it is not taken for hung as soon as others (D9). */
const STORE_STALL = 10_000
/** Slow nodes are no stall: a range may need many requests, each within its own deadline, ms. */
const FETCHER_STUCK = 120_000
/**
 * What is young is collected before it fills more than this, MB: some threads make little that is new (the fetcher hands
 * bytes on). The decoder and the store make the more of it the further they have to catch up: half as much would cost a tenth.
 */
const LITTLE_NEW = { resourceLimits: { maxYoungGenerationSizeMb: 4 } }
const MUCH_NEW = { resourceLimits: { maxYoungGenerationSizeMb: 24 } }
/** A made chain may hold its thread for a block of thousands of events, and executes blocks again at its birth, ms. */
const DEVNET_PATIENCE = { stallAfter: 30_000, startWithin: 120_000 }
/** A pipeline that failed is tried again after this, ms; what is in the log is served meanwhile (D23). */
const PIPELINE_RETRY = 30_000

/** URL of the app's module; undefined: plain events. */
export function appUrl({ app }: SeicheConfig): string | undefined {
  return app === 'seimoney' ? sibling(import.meta.url, './seimoney/app').href : app
}

/** The address of each configured contract, by its name. */
export function contractAddresses({ contracts }: SeicheConfig): Record<string, string> {
  return Object.fromEntries(Object.entries(contracts).map(([name, { address }]) => [name, address]))
}

/** The contracts of a configuration as the chain's parts want them. */
export function watchedContracts({ contracts }: SeicheConfig): WatchedContract[] {
  return Object.entries(contracts).map(([name, { address }]) => ({ name, address }))
}

/**
 * The whole goes on without the owner of the caches and without tasks: they may die often, and when that is too often they
 * alone stay away for a while.
 */
const DISPENSABLE: Omit<SupervisorSpec, 'children'> = {
  ...{ strategy: 'one_for_one', intensity: 60, period: 60_000, retryAfter: 30_000 },
  backoff: { min: 50, max: 1_000 },
}

export interface TreeDeps {
  config: SeicheConfig
  /** The configuration as it is at a birth: some of it changes while the system runs. */
  current(): SeicheConfig
  node: EmbeddedNode | undefined
  /** The addresses of actors that started before. */
  actor: <Q>(name: string) => ActorRef<Q>
  adjust: ((name: string, spec: ActorSpec) => ActorSpec) | undefined
}

/** The tree. */
export async function supervisionTree({
  config,
  current,
  node,
  actor,
  adjust = (_, spec) => spec,
}: TreeDeps): Promise<SupervisorSpec> {
  const { chain, store } = config
  const app = appUrl(config)
  const adjusted = (specs: Record<string, ActorSpec>): Record<string, ActorSpec> =>
    Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, adjust(name, spec)]))
  const contracts = watchedContracts(config)
  const port = node ? await freePort('port' in node ? node.port : 0) : 0 // it is kept when the devnet is reborn

  const endpoints = node ? [{ url: `http://127.0.0.1:${port}` }] : chain.endpoints

  const eventStore: ActorSpec = {
    ...{ entry: entry('event-store'), stallAfter: STORE_STALL, ...MUCH_NEW },
    boot: (deaths): EventStoreBoot => ({
      ...{ path: store.path, batchSize: store.batchSize, retain: store.retain, minFreeBytes: store.minFreeBytes },
      ...{ contracts, app, chainId: chain.id, deaths },
      listeners: config.enablePolling ? ['tags', 'due'] : ['tags'],
    }),
  }
  const eventDecoder: ActorSpec = {
    ...{ entry: entry('event-decoder'), ...MUCH_NEW },
    boot: (deaths): EventDecoderBoot => ({ contracts, app, suspects: suspectsOf(deaths) }),
  }
  const blockFetcher: ActorSpec = {
    ...{ entry: entry('block-fetcher'), stuckAfter: FETCHER_STUCK, ...LITTLE_NEW },
    boot: async (): Promise<BlockFetcherBoot> => {
      const { checkpoint, chainId, missing } = await actor<EventStoreQuestions>('event-store').ask.resume()
      const startHeight = config.startHeight ?? earliestStart(config)
      return {
        ...{
          contracts,
          checkpoint,
          storedChainId: chainId,
          pollInterval: chain.pollInterval,
          requestDeadline: chain.requestDeadline,
          maxRetries: chain.maxRetries,
          acceptGap: config.acceptGap,
        },
        missing: missing.map((history) => ({
          ...history,
          origin: history.origin ?? config.contracts[history.contract]?.startHeight ?? null,
        })),
        endpoints,
        ...(chain.id === undefined ? {} : { chainId: chain.id }),
        ...(startHeight === undefined ? {} : { startHeight }),
      }
    },
  }
  const scheduler: ActorSpec = {
    ...{ entry: entry('scheduler'), ...LITTLE_NEW },
    boot: (deaths): SchedulerBoot => ({
      ...{ path: store.path, app, polling: current().polling, caches: defaultCaches, deaths },
      indexing: config.enableEventIndexing,
      ...{ endpoints, requestDeadline: chain.requestDeadline },
      contracts: contractAddresses(config),
    }),
  }
  const cacheOwner: ActorSpec = {
    ...{ entry: entry('cache-owner'), ...LITTLE_NEW },
    boot: (): CacheOwnerBoot => ({
      configs: defaultCaches,
      among: { store: config.enableEventIndexing, scheduler: config.enablePolling },
    }),
  }
  const pipeline: SupervisorSpec = {
    ...{ strategy: 'rest_for_one', intensity: 5, period: 60_000, retryAfter: PIPELINE_RETRY },
    children: adjusted({ 'event-store': eventStore, 'event-decoder': eventDecoder, 'block-fetcher': blockFetcher }),
  }
  const source = node
    ? adjusted({ devnet: { entry: entry('devnet'), ...DEVNET_PATIENCE, boot: (): DevnetBoot => ({ node, port }) } })
    : {}
  return {
    ...{ strategy: 'one_for_one', intensity: 5, period: 60_000 },
    children: {
      ...source,
      caching: { ...DISPENSABLE, children: adjusted({ 'cache-owner': cacheOwner }) },
      ...(config.enablePolling ? { tasks: { ...DISPENSABLE, children: adjusted({ scheduler }) } } : {}),
      ...(config.enableEventIndexing ? { pipeline } : {}),
    },
  }
}

/** The names of the actors in a tree. */
export function actorsOf({ children }: SupervisorSpec): ReadonlySet<string> {
  const names = Object.entries(children).flatMap(([name, child]) =>
    'children' in child ? [...actorsOf(child)] : [name],
  )
  return new Set(names)
}

/** The first height at which a contract exists, when the configuration knows it of every one. */
function earliestStart({ contracts }: SeicheConfig): number | undefined {
  const heights = Object.values(contracts).map(({ startHeight }) => startHeight)
  return heights.length && heights.every((height) => height !== undefined) ? Math.min(...heights) : undefined
}
