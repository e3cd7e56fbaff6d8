/** A door without a network: what was written to it is what its client has, once it reads. */
import type { Batch } from '../../src/gateway/frames.ts'
import type { Hub } from '../../src/gateway/hub.ts'
import type { Session } from '../../src/gateway/session.ts'
import type { Told } from './client.ts'

export interface DeafClient {
  session: Session
  told: Told[]
  /** From now on so many bytes wait for it to read them. */
  wait(bytes: number): void
  /** Why it was closed. */
  closed(): string | undefined
  /** Views on a channel: their height and payload. */
  views(channel: string): { height: number; data: Record<string, unknown> }[]
}

export function enter(hub: Hub): DeafClient {
  const told: Told[] = []
  const state = { waiting: 0, closed: undefined as string | undefined }
  let more = Promise.withResolvers<void>()
  const session = hub.connect({
    handshake: { door: 'websocket', ip: '', headers: {}, url: '', auth: {} },
    write: (batches: readonly Batch[]) => {
      for (const { frames } of batches) for (const { text } of frames) told.push(JSON.parse(text) as Told)
    },
    buffered: () => state.waiting,
    drain: () => more.promise,
    close: (_, reason) => {
      state.closed = reason
    },
  })
  if (!session) throw new Error('the hub is draining')
  const wait = (bytes: number): void => {
    state.waiting = bytes
    if (bytes) return
    more.resolve()
    more = Promise.withResolvers<void>()
  }
  return {
    ...{ session, told, wait, closed: () => state.closed },
    views: (channel) =>
      told.flatMap(({ channel: on, data }) =>
        on === channel && 'asOf' in data ? [{ height: (data['asOf'] as { height: number }).height, data }] : [],
      ),
  }
}
