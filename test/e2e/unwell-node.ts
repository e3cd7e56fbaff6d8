/** A node between the recorded one and Seiche, whose answers a test changes. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { startTape } from '../../src/devnet/tape.ts'

interface Call {
  id: unknown
  method: string
  params?: Record<string, unknown>
}
type Answer = { id: unknown; result?: unknown; error?: unknown }

/** Serves the recording in `dir`, each answer as `change` makes it; its URL. No WebSocket: Seiche polls. */
export async function unwellNode(dir: string, change: (call: Call, answer: Answer) => Answer): Promise<string> {
  const tape = await startTape({ dir, pace: 0, port: 0 })
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy()) // the caller gave up
  }).listen(0, '127.0.0.1')
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const calls = JSON.parse(Buffer.concat(chunks).toString()) as Call | Call[]
    const answered = await fetch(tape.url, {
      ...{ method: 'POST', body: JSON.stringify(calls), headers: { 'content-type': 'application/json' } },
    })
    const answers = (await answered.json()) as Answer | Answer[]
    const all = [calls].flat()
    const changed = [answers].flat().map((answer) => {
      const call = all.find(({ id }) => id === answer.id)
      return call ? change(call, answer) : answer
    })
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(Array.isArray(answers) ? changed : changed[0]))
  }
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await tape.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
