import { expect, it } from 'vitest'
import type { SourceStatus } from '../../src/chain/read/types.ts'
import { setAsideWatch } from '../../src/system/set-aside.ts'

const status = (setAside?: string): SourceStatus => ({
  ...{ state: 'following', chainId: 'a-1', headHeight: 9, fetchedHeight: 9, fault: null },
  endpoints: [
    {
      ...{ alias: 'http://a', up: !setAside, latestHeight: 9, earliestHeight: 1, requests: 1, failures: 0 },
      ...(setAside ? { setAside } : {}),
    },
  ],
})

it('an endpoint that is set aside is told once, and again for another reason or after it was believed', () => {
  const told: string[] = []
  const see = setAsideWatch((endpoint, reason) => told.push(`${endpoint} ${reason}`))
  for (const reason of [undefined, 'x', 'x', 'y', undefined, 'y']) see(status(reason))
  expect(told).toEqual(['http://a x', 'http://a y', 'http://a y'])
})
