/** `GET /asyncapi.json`: AsyncAPI 3.0 of both doors, from the schemas that validate what clients say and what REST answers. */
import * as z from 'zod'
import { event } from '../control/answers.ts'
import { jsonSchema } from '../control/openapi.ts'
import type { PlainRoute } from '../control/plain.ts'
import { version } from '../control/version.ts'
import { clientMessage, details } from '../gateway/incoming.ts'
import { ERROR_CODES } from '../gateway/refusal.ts'

type Json = Record<string, unknown>

const position = z.string().meta({ description: '<height>-<txIndex>-<eventIndex>' })
const timestamp = z.string().meta({ description: 'when it was sent, ISO 8601' })
const id = z.string().optional().meta({ description: "the request's id, in an answer to one" })

/** What the server sends, by the name socket.io gives it. */
export const FRAMES: Readonly<Record<string, { summary: string; payload: z.ZodObject }>> = {
  event: {
    summary: 'A chain event on blockchain_events; its id is the position to resume from.',
    payload: z.strictObject({
      ...{ type: z.literal('event'), channel: z.literal('blockchain_events'), id: position, data: event, timestamp },
    }),
  },
  data_update: {
    summary: 'A chain event on its own channel (with an id), or the newest state of a view (without).',
    payload: z.strictObject({
      ...{ type: z.literal('data_update'), channel: z.string(), id: position.optional(), timestamp },
      data: z.union([z.strictObject({ type: z.literal('new_activity'), event }), z.looseObject({})]),
    }),
  },
  system: {
    summary: 'The welcome, answers to requests, positions, syncing, history_changed, degraded, draining, stats.',
    payload: z.strictObject({
      ...{ type: z.literal('event'), channel: z.literal('system'), id, data: z.looseObject({}), timestamp },
    }),
  },
  error: {
    summary: 'A request was refused, or the connection is about to be closed.',
    payload: z.strictObject({
      ...{ type: z.literal('error'), id, timestamp },
      data: z.strictObject({
        ...{ code: z.enum(ERROR_CODES), message: z.string() },
        ...{ retryAfterMs: z.number().optional(), earliest: position.optional() },
      }),
    }),
  },
  pong: {
    summary: 'The answer to a ping.',
    payload: z.strictObject({ type: z.literal('pong'), id, data: z.strictObject({ position }), timestamp }),
  },
}

/** What a client says. */
const REQUESTS = {
  subscribe: { summary: 'Follow a channel, from a position on where one is given.', replies: ['system', 'error'] },
  unsubscribe: { summary: 'End a subscription; without an address all of its channel.', replies: ['system', 'error'] },
  ping: { summary: 'Ask for life, and acknowledge a position.', replies: ['pong', 'error'] },
} as const

export function asyncApi(): PlainRoute {
  let text: string | undefined
  return {
    ...{ path: '/asyncapi.json', type: 'application/json', statuses: [200] },
    summary: 'What is said over WebSocket and socket.io.',
    answer: () => {
      text ??= JSON.stringify(describe())
      return text
    },
  }
}

function describe(): Json {
  const requests = Object.keys(REQUESTS)
  const messages = Object.fromEntries(
    [...requests, ...Object.keys(FRAMES)].map((name) => [name, { $ref: `#/components/messages/${name}` }]),
  )
  const channel = { $ref: '#/channels/doors' }
  const named = (names: readonly string[]): Json[] =>
    names.map((name) => ({ $ref: `#/channels/doors/messages/${name}` }))
  return {
    asyncapi: '3.0.0',
    info: {
      ...{ title: 'Seiche', version, license: { name: 'MIT' } },
      description:
        'Over WebSocket each message is one JSON object. Over socket.io a message is the event named like it: what a client says as `emit(name, {channel, …data})`, what it hears as a frame.',
    },
    defaultContentType: 'application/json',
    servers: {
      websocket: {
        host: '127.0.0.1:8081',
        protocol: 'ws',
        description: 'plain WebSocket; subprotocol seiche.v1, optional',
      },
      socketio: { host: '127.0.0.1:3000', protocol: 'ws', pathname: '/socket.io/', description: 'socket.io 4' },
    },
    channels: { doors: { address: '/', title: 'Both doors', messages } },
    operations: {
      ...Object.fromEntries(
        Object.entries(REQUESTS).map(([name, { summary, replies }]) => [
          name,
          {
            action: 'receive',
            channel,
            summary,
            messages: named([name]),
            reply: { channel, messages: named(replies) },
          },
        ]),
      ),
      tell: {
        action: 'send',
        channel,
        summary: 'What is committed, and how things stand.',
        messages: named(Object.keys(FRAMES)),
      },
    },
    components: {
      messages: {
        ...Object.fromEntries(
          Object.entries(REQUESTS).map(([name, { summary }]) => [
            name,
            { name, summary, payload: requestSchema(name) },
          ]),
        ),
        ...Object.fromEntries(
          Object.entries(FRAMES).map(([name, { summary, payload }]) => [
            name,
            { name, summary, payload: jsonSchema(payload, 'input') },
          ]),
        ),
      },
    },
  }
}

function requestSchema(type: string): Json {
  const needsChannel = type !== 'ping'
  return jsonSchema(
    clientMessage.extend({
      type: z.literal(type),
      ...(needsChannel ? { channel: z.string() } : {}),
      data: details.nullish(),
      id: z.string().max(128).optional(),
    }),
    'input',
  )
}
