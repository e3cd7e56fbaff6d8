/** Views through the caches of this thread: read from the projections only when what they show has changed. */
import type { Caches } from '../cache/types.ts'
import type { App, AsOf, Tables, View } from '../events/app.ts'
import { CodedError } from '../runtime/index.ts'
import type { LogReader } from '../store/types.ts'
import type { ViewPayload, Views } from './types.ts'

export interface ViewsOptions {
  reader: Pick<LogReader, 'read' | 'events' | 'projections'>
  caches: Caches
  app: App
  /** The configured contracts: address by name. */
  contracts: Readonly<Record<string, string>>
  /** The newest height this thread has seen, and its block's time. */
  seen(): AsOf
  /** Views that are no projection's, by name, each computed when it is asked for. Default: none. */
  others?: Readonly<Record<string, () => object>>
}

/** Events that the view `blockchain_events` shows. */
const LATEST = 20

export function createViews({ reader, caches, app, contracts, seen, others = {} }: ViewsOptions): Views {
  const { views = {} } = app

  const view = (name: string): View | undefined => (Object.hasOwn(views, name) ? views[name] : undefined)
  const other = (name: string): (() => object) | undefined => (Object.hasOwn(others, name) ? others[name] : undefined)

  const latest = (height: number, account: string | undefined): object => ({
    items: reader
      .events({
        ...{ order: 'desc', limit: LATEST, before: { height: height + 1, txIndex: 0, eventIndex: 0 } },
        ...(account === undefined ? {} : { account }),
      })
      .map(({ text }): unknown => JSON.parse(text)),
  })

  /** The payload as it is now, in one consistent read; marked when a projection it needs stands still. */
  const fresh = (shown: View, address: string | undefined): ViewPayload => {
    const used = new Set<string>()
    return reader.read((tables, asOf) => {
      const payload = shown.read({ tables: noting(tables, used), address, asOf, contracts })
      const behind = reader.projections().filter(({ name, stale }) => stale && used.has(name))
      if (!behind.length) return { asOf, ...payload }
      const height = Math.min(...behind.map((projection) => projection.height))
      return { asOf: { ...asOf, height }, stale: true, ...payload }
    })
  }

  const cached = (name: string, shown: View, address: string | undefined): ViewPayload => {
    const cache = caches.cache(shown.cache)
    const key = address === undefined ? name : `${name}:${address}`
    const known = cache.get<ViewPayload>(key)
    // Nothing it shows has changed since: it is as of what this thread has seen.
    if (known) return known.stale ? known : { ...known, asOf: newer(known.asOf, seen()) }
    const payload = fresh(shown, address)
    const { height } = payload.asOf
    if (!payload.stale) cache.set(key, payload, { tags: tagsOf(shown, address), asOf: height })
    return payload
  }

  const views_: Views = {
    names: () => [...new Set([...Object.keys(views), 'blockchain_events', ...Object.keys(others)])],
    has: (name) => name === 'blockchain_events' || view(name) !== undefined || other(name) !== undefined,
    rule: (name) => (name === 'blockchain_events' ? 'optional' : (view(name)?.address ?? 'ignored')),
    tags: (name, address) => {
      const shown = view(name)
      return shown ? tagsOf(shown, address) : []
    },
    read: (name, given) => {
      const shown = view(name)
      const address = shown?.address === 'ignored' ? undefined : given
      if (shown?.address === 'required' && address === undefined)
        throw new CodedError('E_ADDRESS_REQUIRED', `the view ${name} needs an address`)
      if (shown) return cached(name, shown, address)
      if (name === 'blockchain_events') return { asOf: seen(), ...latest(seen().height, address) }
      const payload = other(name)
      if (payload) return { asOf: seen(), ...payload() }
      throw new CodedError(
        'E_NO_VIEW',
        `there is no view ${JSON.stringify(name.slice(0, 60))}; there are: ${views_.names().join(', ')}`,
      )
    },
  }
  return views_
}

function tagsOf({ tags, address: rule }: View, address: string | undefined): readonly string[] {
  return rule === 'ignored' || address === undefined ? tags : [...tags, `user:${address}`]
}

function newer(one: AsOf, other: AsOf): AsOf {
  return one.height >= other.height ? one : other
}

/** Notes which projections are read. */
function noting(tables: Tables, used: Set<string>): Tables {
  const note = (sql: string): string => {
    for (const [, projection = ''] of sql.matchAll(/\{(\w+)\.\w+\}/g)) used.add(projection)
    return sql
  }
  return {
    get: (sql, ...values) => tables.get(note(sql), ...values),
    all: (sql, ...values) => tables.all(note(sql), ...values),
  }
}
