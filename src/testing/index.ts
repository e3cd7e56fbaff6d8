/**
 * `seiche/testing`: a server for tests of clients ({@link startTestServer}); and {@link chaos}, which tells a running actor
 * to hang, spin, wait, block in native code, throw, exit or leak, so that a test can see what becomes of all around it.
 */
import { randomUUID } from 'node:crypto'
import { BroadcastChannel } from 'node:worker_threads'
import { sibling } from '../config/sibling.ts'
import type { ActorSpec } from '../runtime/index.ts'
import { AGAIN, CHANNEL, type Order, type Shape, type Taken } from './shapes.ts'

export { startTestServer, type TestEvent, type TestServer, type TestServerOptions } from './server.ts'
export { FUSE, type Shape } from './shapes.ts'

/** The spec of an actor that obeys {@link chaos}, and so do threads that it starts. */
export function obedient(spec: ActorSpec): ActorSpec {
  return { ...spec, execArgv: ['--import', sibling(import.meta.url, './preload').href, ...(spec.execArgv ?? [])] }
}

/**
 * Tells an actor of this process, or `pool`, to misbehave; one generation obeys once. Resolves when it has taken the
 * order: it holds every question and item from then on, and misbehaves {@link FUSE} ms later. `within`: the order stands
 * so long, ms; false when nobody took it. Default: until somebody does.
 */
export async function chaos(
  thread: string,
  shape: Shape,
  milliseconds: number = 4_000,
  within?: number,
): Promise<boolean> {
  const channel = new BroadcastChannel(CHANNEL)
  const order: Order = { kind: 'order', id: randomUUID(), thread, shape, milliseconds }
  const { promise, resolve } = Promise.withResolvers<boolean>()
  channel.onmessage = (message: unknown) => {
    const { kind, id } = (message as { data: Order | Taken }).data
    if (kind === 'taken' && id === order.id) resolve(true)
  }
  const expiry = within === undefined ? undefined : setTimeout(() => resolve(false), within)
  const timer = setInterval(() => channel.postMessage(order), AGAIN) // until such a thread is there
  const taken = await promise
  clearInterval(timer)
  clearTimeout(expiry)
  channel.close()
  return taken
}
