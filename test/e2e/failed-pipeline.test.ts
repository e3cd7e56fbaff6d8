import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadRecording } from '../../src/devnet/recording.ts'
import { RECORDINGS } from './recordings.ts'
import { get, ready, temporaryFolder, until } from './seiche.ts'

const { dir } = RECORDINGS.wasmd2

/** A join that throws is no single transaction's fault: the store dies of it each time. */
async function failing(exitOnFailure: boolean) {
  const folder = temporaryFolder()
  const app = new URL('./failing-app.ts', import.meta.url).href
  const contracts = loadRecording(dir).contracts
  writeFileSync(`${folder}/config.json`, JSON.stringify({ app, contracts, exitOnFailure }))
  return await ready(['replay', dir, '--pace', '0', '--config', `${folder}/config.json`, '--data', `${folder}/data`])
}

describe('[P6] a pipeline that flaps beyond its intensity', () => {
  it('has failed: REST goes on, health is 503 with the reason', async () => {
    const running = await failing(false)
    const health = await until(
      () => get(running, '/api/realtime/health'),
      ({ status }) => status === 503,
    )
    expect(health.body).toMatchObject({
      error: { code: 'E_PIPELINE', message: expect.stringContaining('this join fails') },
    })
    expect((await get(running, '/api/realtime/events')).status).toBe(200)
    expect((await fetch(`${running.http}/livez`)).status).toBe(200)
  })

  it('with exitOnFailure ends the process with 1', async () => {
    const running = await failing(true)
    expect(await running.exited).toBe(1)
  })
})
