import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { block, folder, range, readerOn, writerOn } from './support.ts'

/** A writer on a thread of its own, kept alive and held right before it commits, while a newer one takes over. */
const zombie = `
  const { parentPort, workerData } = require('node:worker_threads')
  import(workerData.module).then(async ({ openWriter }) => {
    const { plainApp } = await import(workerData.app)
    const writer = openWriter({ path: workerData.path, app: plainApp, contracts: [] })
    parentPort.postMessage('open')
    Atomics.wait(new Int32Array(workerData.gate), 0, 0)
    try {
      writer.commit(workerData.range)
      parentPort.postMessage('committed')
    } catch (error) {
      parentPort.postMessage(error.code)
    }
  })`

it('[D9] the thread of a store that was given up on, still alive, can never write again', async () => {
  const path = folder()
  writerOn(path).commit(range([block(1)]))
  const gate = new SharedArrayBuffer(4)
  const url = (file: string): string => new URL(`../../src/${file}`, import.meta.url).href
  const worker = new Worker(zombie, {
    eval: true,
    workerData: { path, gate, module: url('store/writer.ts'), app: url('events/app.ts'), range: range([block(2)]) },
  })
  const said = (): Promise<unknown> => new Promise((resolve) => worker.once('message', resolve))
  expect(await said()).toBe('open')

  const newer = writerOn(path)
  newer.commit(range([{ ...block(2), hash: 'N2' }]))
  const fate = said()
  Atomics.store(new Int32Array(gate), 0, 1)
  Atomics.notify(new Int32Array(gate), 0)
  expect(await fate).toBe('E_FENCED')
  expect(readerOn(path).checkpoint()).toMatchObject({ height: 2, hash: 'N2' })
  newer.commit(range([{ ...block(3), parentHash: 'N2' }]))
  expect(readerOn(path).checkpoint().height).toBe(3)
  await worker.terminate()
})
