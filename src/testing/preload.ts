/** Runs in every thread of an actor under test, before its own code: waits for an order, and carries it out. */
import { execFileSync } from 'node:child_process'
import { BroadcastChannel, MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Inlet, Outlet } from '../runtime/shared/wire.ts'
import { AGAIN, CHANNEL, FUSE, type Order, type Shape, type Taken } from './shapes.ts'

const NEVER = new Promise<never>(() => undefined)
const cradle = workerData as { name?: unknown; questions?: MessagePort } | null
const name = typeof cradle?.name === 'string' && cradle.questions ? cradle.name : 'pool'
let holding = false

holdItems()
if (name === 'pool') holdAnswers()
else if (cradle?.questions) holdQuestions(cradle.questions)

const channel = new BroadcastChannel(CHANNEL)
channel.unref()
let taken = false
channel.onmessage = (message: unknown) => take((message as { data: Order | Taken }).data)
if (name === 'pool') lookBeforeTheFirstTask()

function take(order: Order | Taken): void {
  if (taken || order.kind !== 'order' || order.thread !== name) return
  taken = true
  channel.postMessage({ kind: 'taken', id: order.id } satisfies Taken)
  holding = true
  setTimeout(() => carryOut(order), FUSE)
}

/** A pool's thread may be done with its tasks before its event loop hears of an order: it waits for one that stands. */
function lookBeforeTheFirstTask(): void {
  const end = performance.now() + 5 * AGAIN
  while (!taken && performance.now() < end) {
    const received = receiveMessageOnPort(channel as unknown as MessagePort)
    if (received) take(received.message as Order | Taken)
  }
}

function carryOut({ shape, milliseconds }: Order): void {
  const act: Record<Shape, () => void> = {
    hang: spin,
    microtasks: () => {
      const again = (): void => queueMicrotask(again)
      again()
    },
    wait: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
    native: () => blockInNativeCode(milliseconds),
    never: () => undefined, // it holds everything already
    throw: () => {
      throw new Error('chaos: told to throw')
    },
    exit: () => process.exit(3),
    leak: () => {
      const held: unknown[] = []
      setInterval(() => held.push(Array.from({ length: 10_000 }, (_, n) => ({ n }))), 20)
    },
  }
  act[shape]()
}

function spin(): never {
  let n = 0
  for (;;) n = (n * 31 + 7) % 1001
}

/** One call into native code: it waits for a process, and V8 can't interrupt it. */
function blockInNativeCode(milliseconds: number): void {
  execFileSync(process.execPath, ['-e', `setTimeout(() => {}, ${milliseconds})`])
}

/** Items are neither handled nor sent while holding. */
function holdItems(): void {
  const { eachBatch } = Inlet.prototype
  Inlet.prototype.eachBatch = function <T>(this: Inlet<T>, handle: (items: T[]) => unknown, limit?: number) {
    return eachBatch.call(this, async (items: unknown[]) => await (holding ? NEVER : handle(items as T[])), limit)
  }
  const { send } = Outlet.prototype
  Outlet.prototype.send = async function (...args) {
    await (holding ? NEVER : send.apply(this, args))
  }
}

/** Questions are not heard while holding. */
function holdQuestions(port: MessagePort): void {
  const listen = port.addEventListener.bind(port) as (type: string, listener: unknown, options?: unknown) => void
  Object.assign(port, {
    addEventListener: (type: string, listener: (event: unknown) => void, options?: unknown) =>
      listen(type, (event: unknown) => (holding ? undefined : listener(event)), options),
  })
}

/** A pool's thread gives no results while holding, over whichever port the pool gave it; that it is ready is told by `parentPort`. */
function holdAnswers(): void {
  const { postMessage } = MessagePort.prototype
  MessagePort.prototype.postMessage = function (...args: Parameters<MessagePort['postMessage']>) {
    if (!holding || this === parentPort) return postMessage.apply(this, args) // a BroadcastChannel looks at the answer
  }
}
