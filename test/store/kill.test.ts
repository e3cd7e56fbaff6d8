import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { folder, readerOn } from './support.ts'

const KILLS = 10

it(`kill -9 of the writing process, ${KILLS} times: never half a block, and it goes on where it was`, async () => {
  const path = folder()
  let reached = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, [`${import.meta.dirname}/write-for-ever.ts`, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, 5 + 7 * kill))
    child.kill('SIGKILL')
    await once(child, 'exit')
    const reader = readerOn(path)
    const { height } = reader.checkpoint()
    const events = reader.events({ order: 'asc', limit: 1_000_000 })
    expect(height).toBeGreaterThan(reached)
    expect(events.map(({ id }) => id)).toEqual(
      Array.from({ length: height }, (_, n) => [`${n + 1}-0-0`, `${n + 1}-0-1`, `${n + 1}-1-0`]).flat(),
    )
    reached = height
  }
})
