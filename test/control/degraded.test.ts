import { describe, expect, it } from 'vitest'
import { degradedBy, type Facts, isUnhealthy, REASONS } from '../../src/control/degraded.ts'
import { FOLLOWING } from './support.ts'

const WELL: Facts = {
  ...{ store: null, running: true, enabled: { eventIndexing: true, polling: true }, source: FOLLOWING },
  ...{ pipeline: undefined, connections: 0, maxConnections: 10, suspended: [], quarantined: 0 },
  actors: { 'cache-owner': { state: 'up' }, scheduler: { state: 'up' } },
}
const fault = (code: string) => ({ code, message: 'so it is' })
const reasons = (facts: Partial<Facts>): string[] => degradedBy({ ...WELL, ...facts }).map(({ reason }) => reason)
const gone = (actor: string): Facts['actors'] => ({ ...WELL.actors, [actor]: { state: 'down' } })

describe('what is wrong', () => {
  it('is nothing while all is well, also before anything was heard of the nodes', () => {
    expect(reasons({})).toEqual([])
    expect(reasons({ source: null, actors: {} })).toEqual([])
  })

  it.each([
    ['store-unwritable', { store: fault('E_DISK_FULL') }, true],
    ['stopped', { running: false }, true],
    ['no-node', { source: { ...FOLLOWING, fault: fault('E_NO_ENDPOINT') } }, true],
    ['source', { source: { ...FOLLOWING, fault: fault('E_PRUNED') } }, true],
    ['pipeline', { pipeline: fault('E_PIPELINE') }, true],
    ['cache-owner', { actors: gone('cache-owner') }, false],
    ['scheduler', { actors: gone('scheduler') }, false],
    ['flooded', { connections: 10 }, false],
    ['suspended', { suspended: ['totals'] }, false],
    ['quarantine', { quarantined: 2 }, false],
  ] satisfies [string, Partial<Facts>, boolean][])('%s', (reason, facts: Partial<Facts>, unhealthy) => {
    const found = degradedBy({ ...WELL, ...facts })
    expect(found.map((each) => [each.reason, isUnhealthy(each)])).toEqual([[reason, unhealthy]])
  })

  it('is all of it, the gravest first; of what does not run by decision nothing is amiss', () => {
    const all: Partial<Facts> = {
      ...{ store: fault('E_STORE_LOCKED'), source: { ...FOLLOWING, fault: fault('E_NO_ENDPOINT') } },
      ...{ pipeline: fault('E_PIPELINE') },
      ...{ actors: { 'cache-owner': { state: 'down' }, scheduler: { state: 'starting' } } },
      ...{ connections: 11, suspended: ['totals'], quarantined: 1 },
    }
    expect(reasons(all)).toEqual(REASONS.filter((reason) => reason !== 'stopped' && reason !== 'source'))
    expect(reasons({ ...all, running: false })).toEqual(['store-unwritable', 'stopped', 'suspended', 'quarantine'])
    const off = { eventIndexing: false, polling: false }
    expect(reasons({ ...all, store: null, enabled: off })).not.toEqual(expect.arrayContaining(['no-node']))
    expect(reasons({ enabled: off, actors: gone('scheduler'), pipeline: fault('E_PIPELINE') })).toEqual([])
  })
})
