/** What clients may say, validated before any work. */
import { z } from 'zod'
import { type Position, parsePosition } from '../events/position.ts'
import { Refused } from './refusal.ts'

export interface SubscribeRequest {
  channel: string
  address: string | undefined
  since: Position | undefined
  epoch: string | undefined
  /** On `system`: also send how the house is doing, every second. Default false. */
  stats?: boolean | undefined
  /** Proves an operator. Default: what the client came with. */
  token?: string | undefined
}

export type Message =
  | { type: 'subscribe'; request: SubscribeRequest }
  | { type: 'unsubscribe'; channel: string; address: string | undefined }
  | { type: 'ping'; position: Position | undefined }

const id = z.string().max(128).optional().catch(undefined)
/** What every message has. */
export const clientMessage: z.ZodObject = z.object({
  type: z.string(),
  channel: z.unknown().optional(),
  data: z.unknown().optional(),
})
const text = z.string().max(256)
/** What a message may say beside its channel. */
export const details = z.object({
  address: text.nullish(),
  since: text.nullish(),
  epoch: text.nullish(),
  position: text.nullish(),
  stats: z.boolean().nullish(),
  token: z.string().max(4_096).nullish(),
})

/** The id of a message, whatever else is wrong with it: its answer repeats it. */
export function idOf(message: unknown): string | undefined {
  return typeof message === 'object' && message !== null ? id.parse((message as { id?: unknown }).id) : undefined
}

/** Reads a message. @throws Refused */
export function readMessage(raw: unknown): Message {
  const parsed = clientMessage.safeParse(raw)
  if (!parsed.success) throw new Refused('invalid_message', 'expected a JSON object with a type')
  const { type, channel, data } = parsed.data
  if (type === 'ping') return { type, position: readPosition('position', readDetails(data).position) }
  if (type !== 'subscribe' && type !== 'unsubscribe')
    throw new Refused('unknown_type', 'type is one of subscribe, unsubscribe, ping')
  if (channel === undefined || channel === null || channel === '')
    throw new Refused('channel_required', `${type} needs a channel`)
  if (typeof channel !== 'string') throw new Refused('invalid_channel', 'a channel is a string')
  const { address, since, epoch, stats, token } = readDetails(data)
  if (type === 'unsubscribe') return { type, channel, address: address ?? undefined }
  return {
    type,
    request: {
      ...{ channel, address: address ?? undefined, since: readPosition('since', since), epoch: epoch ?? undefined },
      ...{ stats: stats ?? undefined, token: token ?? undefined },
    },
  }
}

function readDetails(data: unknown): z.infer<typeof details> {
  const parsed = details.safeParse(data ?? {})
  if (parsed.success) return parsed.data
  const [field] = parsed.error.issues[0]?.path ?? []
  if (field === undefined) throw new Refused('invalid_message', 'data: expected an object')
  const expected = field === 'stats' ? 'true or false' : 'text'
  throw new Refused('invalid_message', `data.${String(field)}: expected ${expected}`)
}

function readPosition(field: string, value: string | null | undefined): Position | undefined {
  if (value === undefined || value === null) return undefined
  const position = parsePosition(value)
  if (!position)
    throw new Refused('invalid_message', `data.${field}: expected a position "<height>-<txIndex>-<eventIndex>"`)
  return position
}
