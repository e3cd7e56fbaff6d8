/** Events that concern more accounts than they carry: who listens and is one of them is looked up (D13). */
import type { CommittedEvent } from '../events/types.ts'
import type { LogReader } from '../store/types.ts'
import type { Channel } from './channels.ts'

/** The events, with those connected accounts in their audience that are members of their crowds. */
export function withListeners(
  events: readonly CommittedEvent[],
  channels: Iterable<Channel>,
  reader: Pick<LogReader, 'isMember'>,
): readonly CommittedEvent[] {
  if (!events.some(({ crowd }) => crowd !== undefined)) return events
  const listening = new Set([...channels].flatMap(({ byAddress }) => [...byAddress.keys()]))
  const asked = new Map<string, string[]>()
  return events.map((event) => {
    const { crowd, audience } = event
    if (crowd === undefined) return event
    const members = asked.get(crowd) ?? [...listening].filter((account) => reader.isMember(crowd, account))
    asked.set(crowd, members)
    return { ...event, audience: [...new Set([...audience, ...members])] }
  })
}
