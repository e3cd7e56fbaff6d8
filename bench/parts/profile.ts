/**
 * Imported by the main thread of a measured process under `--profile`: leaves a CPU profile of the last whole
 * {@link WINDOW} of each of its threads, since a bench ends its processes without asking them. The threads are reached
 * through the inspector's `NodeWorker` domain: they get no environment and no flags of their own.
 */
import { writeFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { STEADY_FLAGS } from '../../src/cli/steady.ts'

/** ms. */
const WINDOW = 3_000
/** Between two samples, µs. */
const INTERVAL = 500

type Post = (method: string, params?: object) => Promise<{ profile?: object }>

async function profile(name: string, post: Post): Promise<void> {
  await post('Profiler.enable')
  await post('Profiler.setSamplingInterval', { interval: INTERVAL })
  const file = join(process.env['BENCH_PROFILE'] ?? '.', `${process.pid}-${name}.cpuprofile`)
  for (;;) {
    await post('Profiler.start')
    await sleep(WINDOW, undefined, { ref: false })
    const { profile: taken } = await post('Profiler.stop')
    await writeFile(file, JSON.stringify(taken))
  }
}

async function profileAll(): Promise<void> {
  const session = new Session()
  session.connect()
  void profile('main', async (method, params) => (await session.post(method, params)) ?? {})

  const waiting = new Map<string, (result: { profile?: object }) => void>()
  let calls = 0

  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
    const name = `${workerInfo.workerId}-${workerInfo.title.replaceAll(/[^\w-]+/g, '-')}`
    void profile(name, async (method, params = {}) => {
      const id = ++calls
      const answered = new Promise<{ profile?: object }>((resolve) => waiting.set(`${sessionId} ${id}`, resolve))
      await session.post('NodeWorker.sendMessageToWorker', {
        sessionId,
        message: JSON.stringify({ id, method, params }),
      })
      return await answered
    }).catch(() => undefined) // the thread has ended
  })
  session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
    const { id, result } = JSON.parse(message) as { id: number; result: { profile?: object } }
    waiting.get(`${sessionId} ${id}`)?.(result)
    waiting.delete(`${sessionId} ${id}`)
  })
  await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
}

// The command replaces itself once, see steady.ts: the process after that is the one.
if (STEADY_FLAGS.every((flag) => process.execArgv.includes(flag))) await profileAll()
