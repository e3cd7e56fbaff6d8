import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import type { Door } from '../../src/gateway/session.ts'
import { rig } from './support.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function door(): Door {
  return {
    handshake: { door: 'websocket', ip: '', headers: {}, url: '', auth: {} },
    ...{ write: () => undefined, buffered: () => 0, drain: () => turn(), close: () => undefined },
  }
}

it.each([
  ['waits for the chain to be followed', undefined],
  ['has a position that the log has not reached', '9-0-0'],
])('a client that %s and goes leaves nothing behind, though nothing is committed any more', async (_, since) => {
  const { hub, syncing } = rig()
  syncing()
  const gone: WeakRef<object>[] = []
  for (let n = 0; n < 50; n++) {
    const session = hub.connect(door())
    session?.message({ type: 'subscribe', channel: 'blockchain_events', data: { since } })
    await turn()
    await turn()
    if (session) hub.disconnect(session)
    if (session) gone.push(new WeakRef(session))
  }
  for (let n = 0; n < 3; n++) {
    await turn()
    collect()
  }
  expect(gone.filter((session) => session.deref()).length).toBeLessThan(3)
})
