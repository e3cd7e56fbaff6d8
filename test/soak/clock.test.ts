import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import { setClock, shareClock } from './clock.ts'

const HOUR = 3_600_000
const CODE = `import { parentPort } from 'node:worker_threads'
  parentPort.on('message', () => parentPort.postMessage([Date.now(), new Date().getTime(), new Date(5).getTime()]))`

it('the clock is set for a worker that runs already, and set back', async () => {
  shareClock()
  const execArgv = ['--import', new URL('clock.ts', import.meta.url).href]
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(CODE)}`), { execArgv })
  onTestFinished(async () => void (await worker.terminate()))
  const hoursAhead = async (): Promise<number[]> => {
    worker.postMessage('?')
    const [[now, made, given]] = (await once(worker, 'message')) as [[number, number, number]]
    expect(given).toBe(5)
    return [now, made].map((each) => Math.round((each - performance.timeOrigin - performance.now()) / HOUR) + 0)
  }
  expect(await hoursAhead()).toEqual([0, 0])
  setClock(-HOUR)
  expect(await hoursAhead()).toEqual([-1, -1])
  setClock(0)
  expect(await hoursAhead()).toEqual([0, 0])
})
