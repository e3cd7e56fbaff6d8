/**
 * The gateway in a process of its own: the hub and both doors over an empty log, told what was committed as the store
 * would tell it. At a message `{blocks, events}` it commits so many blocks of so many events each, a turn for each block.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { plainApp } from '../../src/events/app.ts'
import { formatPosition } from '../../src/events/position.ts'
import type { ChainEvent, CommittedEvent } from '../../src/events/types.ts'
import { eventFrame, now } from '../../src/gateway/outgoing.ts'
import { openWriter } from '../../src/store/writer.ts'
import './collect.ts'
import { openHub } from './hub.ts'

const path = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
process.on('exit', () => rmSync(path, { recursive: true, force: true }))
process.on('disconnect', () => process.exit())

openWriter({ path, app: plainApp, contracts: [], chainId: 'bench-1', retain: 'all' }).close()
const { hub, websocket, socketio } = await openHub(path, plainApp)
hub.sync({ state: 'live', indexedHeight: 0, headHeight: 0 })
const { websocket: frame, socketioFrame } = eventFrame(eventAt(1, 0), now())
process.send?.({ websocket, socketio, bytes: { websocket: frame.length, socketio: socketioFrame.length } })

let height = 0
process.on('message', async ({ blocks = 0, events = 0 }: { blocks?: number; events?: number }) => {
  for (let n = 0; n < blocks; n++) {
    const after = height
    height += 1
    const committed = Array.from({ length: events }, (_, index) => eventAt(height, index))
    hub.committed({ after, height, time: '2026-01-01T00:00:00Z', tags: [], events: committed })
    await turn()
  }
})

function eventAt(blockHeight: number, eventIndex: number): CommittedEvent {
  const id = formatPosition({ height: blockHeight, txIndex: 0, eventIndex })
  const account = `sei1${'q'.repeat(38)}`
  const event = {
    ...{ id, type: 'transfer.initiated', contract: 'payments', contractAddress: account, txHash: 'AB'.repeat(32) },
    ...{ blockHeight, timestamp: '2026-01-01T00:00:00Z', data: { transfer_id: `${blockHeight}`, sender: account } },
  }
  return {
    ...{ id, height: blockHeight, txIndex: 0, eventIndex, type: event.type },
    ...{ contract: event.contract, audience: [account] },
    text: JSON.stringify(event satisfies Partial<ChainEvent>),
  }
}
