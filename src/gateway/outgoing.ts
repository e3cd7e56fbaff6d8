/** Every frame the gateway sends, by its name: payloads stand in this one place (surface §4). */
import type { CommittedEvent } from '../events/types.ts'
import { Frame } from './frames.ts'
import type { Refusal } from './refusal.ts'

/** Text of a user that is longer than this is cut in frames; the log and REST have all of it. */
const LONGEST_TEXT = 4_096
/** An event's JSON shorter than this holds no text to cut. */
const SUSPICIOUS = 8_192

/** A chain event on `blockchain_events`. The stored text goes in as it is. */
export function eventFrame({ id, text }: CommittedEvent, timestamp: string): Frame {
  return new Frame(
    'event',
    `{"type":"event","channel":"blockchain_events","id":"${id}","data":${bounded(text)},"timestamp":"${timestamp}"}`,
  )
}

/** A chain event on its own channel. */
export function activityFrame({ id, text }: CommittedEvent, channel: string, timestamp: string): Frame {
  const data = `{"type":"new_activity","event":${bounded(text)}}`
  return new Frame(
    'data_update',
    `{"type":"data_update","channel":${JSON.stringify(channel)},"id":"${id}","data":${data},"timestamp":"${timestamp}"}`,
  )
}

/** A view on the channel that is named like it: a `data_update` without an event's id. `data` is JSON. */
export function viewFrame(channel: string, data: string): Frame {
  return new Frame(
    'data_update',
    `{"type":"data_update","channel":${JSON.stringify(channel)},"data":${data},"timestamp":"${now()}"}`,
  )
}

/** What an operator sends; it can't be taken for the chain's or a view. */
export function operatorFrame(channel: string, data: unknown): Frame {
  return viewFrame(channel, JSON.stringify({ source: 'operator', data }))
}

/** What the gateway itself has to say; an answer repeats the request's id. */
export function systemFrame(data: object, id?: string): Frame {
  return new Frame(
    'system',
    JSON.stringify({ type: 'event', channel: 'system', ...(id === undefined ? {} : { id }), data, timestamp: now() }),
  )
}

export function pongFrame(position: string, id?: string): Frame {
  return new Frame(
    'pong',
    JSON.stringify({ type: 'pong', ...(id === undefined ? {} : { id }), data: { position }, timestamp: now() }),
  )
}

export function errorFrame(refusal: Refusal, id?: string): Frame {
  return new Frame(
    'error',
    JSON.stringify({ type: 'error', ...(id === undefined ? {} : { id }), data: refusal, timestamp: now() }),
  )
}

export function now(): string {
  return new Date().toISOString()
}

/** JSON of a payload for a frame: text of users is cut. */
export function boundedJson(payload: object): string {
  const text = JSON.stringify(payload)
  return text.length < SUSPICIOUS ? text : JSON.stringify(payload, cut)
}

function bounded(text: string): string {
  return text.length < SUSPICIOUS ? text : JSON.stringify(JSON.parse(text), cut)
}

function cut(_key: string, value: unknown): unknown {
  return typeof value === 'string' && value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value
}
