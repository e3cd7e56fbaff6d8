/** Fan-out of what one commit brought: each event encoded once per channel, one write to each socket. */
import { kindOf } from '../events/kind.ts'
import type { CommittedEvent } from '../events/types.ts'
import type { Channel } from './channels.ts'
import { Batch, type Frame } from './frames.ts'
import { activityFrame, eventFrame, now } from './outgoing.ts'
import type { Session } from './session.ts'

/** Sends `events` to everybody who listens and is concerned; nobody gets one twice on a channel. */
export function publish(events: readonly CommittedEvent[], channels: ReadonlyMap<string, Channel>): void {
  if (!events.length) return
  const timestamp = now()
  const touched = new Set<Session>()
  for (const channel of channels.values()) {
    if (channel.silent) continue
    const carried = events.filter((event) => channel.carries(kindOf(event.type)))
    if (!carried.length) continue
    const frames = carried.map((event) => frameOf(channel, event, timestamp))
    toEverybody(channel, new Batch(frames), touched)
    if (channel.byAddress.size) toConcerned(channel, carried, frames, touched)
  }
  for (const session of touched) session.flush()
}

/** The frame of an event on a channel. */
export function frameOf(channel: Channel, event: CommittedEvent, timestamp: string): Frame {
  return channel.name === 'blockchain_events'
    ? eventFrame(event, timestamp)
    : activityFrame(event, channel.name, timestamp)
}

function toEverybody(channel: Channel, batch: Batch, touched: Set<Session>): void {
  for (const { session } of channel.everybody) {
    session.queue(batch)
    touched.add(session)
  }
}

/** A client may listen for several addresses of one event, and to the whole channel besides: it gets it once. */
function toConcerned(
  channel: Channel,
  events: readonly CommittedEvent[],
  frames: readonly Frame[],
  touched: Set<Session>,
): void {
  const served = new Set<Session>([...channel.everybody].map(({ session }) => session))
  const own = new Map<Session, Frame[]>()
  for (const [index, event] of events.entries()) {
    const frame = frames[index]
    if (!frame) continue
    const concerned = new Set<Session>()
    for (const account of event.audience)
      for (const { session } of channel.byAddress.get(account) ?? []) concerned.add(session)
    for (const session of concerned) {
      if (served.has(session)) continue
      const list = own.get(session) ?? []
      list.push(frame)
      own.set(session, list)
    }
  }
  for (const [session, list] of own) {
    session.queue(new Batch(list))
    touched.add(session)
  }
}
