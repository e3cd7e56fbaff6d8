import { expect, it } from 'vitest'
import { freePort } from '../../src/config/index.ts'
import { expectedEvents } from '../seimoney/expectation.ts'
import { RECORDINGS } from './recordings.ts'
import { command, currentBlock, get, temporaryFolder, until, wholeLog } from './seiche.ts'
import { subscribe } from './subscriber.ts'

const KILLS = 50

/** A generator of pauses that is the same on every run. */
function pauses(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

it(`survives ${KILLS} × kill -9 while the chain goes on: a client that resumes receives every id once and in order`, async () => {
  const { dir, to } = RECORDINGS.wasmd2
  const node = command(['replay', dir, '--serve-only', '--rpc-port', '0', '--pace', '2', '--log', 'json'])
  const rpc = String((await node.line(({ msg }) => msg === 'ready')).rpc)
  const [port, wsPort, data] = [await freePort(), await freePort(), temporaryFolder()]
  const contracts = Object.entries(await contractsOf(dir)).flatMap(([name, address]) => [
    '--contract',
    `${name}=${address}`,
  ])
  const start = () =>
    command([
      'start',
      '--rpc',
      rpc,
      ...contracts,
      '--data',
      data,
      '--port',
      `${port}`,
      '--ws-port',
      `${wsPort}`,
      '--log',
      'json',
    ])
  const client = subscribe(`ws://127.0.0.1:${wsPort}`)
  const random = pauses(7)

  for (let kill = 0; kill < KILLS; kill++) {
    const running = start()
    await running.line(({ msg }) => msg === 'ready')
    await new Promise((resolve) => setTimeout(resolve, random() * 400))
    await running.kill('SIGKILL')
  }

  const running = { http: `http://127.0.0.1:${port}` }
  start()
  await until(
    () => get(running, '/api/realtime/status'),
    ({ body }) => currentBlock(body) >= to,
  )
  const expected = expectedEvents(dir).map(({ event }) => event)
  expect(await wholeLog(running)).toEqual(expected)
  await client.until(({ events }) => events.length >= expected.length)
  expect(client.events.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
  expect(client.connections()).toBeGreaterThan(5)
}, 300_000)

async function contractsOf(dir: string): Promise<Record<string, string>> {
  const { default: deploy } = (await import(`${dir}/deploy.json`, { with: { type: 'json' } })) as {
    default: { contracts: Record<string, string> }
  }
  return deploy.contracts
}
