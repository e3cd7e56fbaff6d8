/** The routes of the gateway: who is connected, and an operator's word to them. */
import * as z from 'zod'
import * as answers from '../answers.ts'
import type { ControlDeps, Refusing } from '../deps.ts'
import { HttpError } from '../errors.ts'
import { API } from '../paths.ts'
import { type Route, route } from '../route.ts'

/** What is on it came from the chain, and nothing else ever (D37). */
const CHAIN_ONLY = 'blockchain_events'

const broadcast = z.strictObject({
  channel: z.string({ error: 'the name of a channel' }).min(1, { error: 'the name of a channel' }),
  data: z
    .unknown()
    .refine((data) => data !== undefined, { error: 'what to send, any JSON' })
    .meta({ openapi: { description: 'what to send, any JSON' } }),
})

/** `GET /websocket/clients` and `POST /websocket/broadcast`. */
export function socketRoutes({ sockets }: Pick<ControlDeps, 'sockets'>): Route[] {
  return [
    route({
      method: 'GET',
      path: `${API}/websocket/clients`,
      summary: 'Who is connected, and to what.',
      answer: answers.clients,
      handle: () => sockets.clients(),
    }),
    route({
      method: 'POST',
      path: `${API}/websocket/broadcast`,
      summary: "Sends data to everybody who listens to a channel, marked as the operator's.",
      body: broadcast,
      answer: answers.message.extend({ delivered: z.int() }),
      refusals: { 400: ['invalid_channel'], 403: ['forbidden_channel'] },
      admin: true,
      handle: ({ body: { channel, data }, note }) => {
        note({ channel: channel.slice(0, 100) })
        if (channel === CHAIN_ONLY)
          throw new HttpError(
            403,
            'forbidden_channel',
            `channel: ${CHAIN_ONLY} carries what the chain says, nothing else`,
          )
        const delivered = orRefused(() => sockets.broadcast(channel, data))
        return { message: `sent to ${delivered} on ${channel}`, delivered }
      },
    }),
  ]
}

function orRefused(broadcasting: () => number): number {
  try {
    return broadcasting()
  } catch (error) {
    const { refusal } = error as Partial<Refusing>
    if (refusal) throw new HttpError(400, refusal.code, `channel: ${refusal.message}`)
    throw error
  }
}
