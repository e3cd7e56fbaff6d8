import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { listen } from '../../src/config/index.ts'
import { CodedError } from '../../src/runtime/index.ts'

const SETTING = '--port, SEICHE_CONTROL_PORT or control.port'

function server(): Server {
  const created = createServer()
  onTestFinished(() => void created.close())
  return created
}

it('answers the port that was chosen for 0', async () => {
  const own = server()
  const { host, port } = await listen(own, { host: '127.0.0.1', port: 0, setting: SETTING })
  expect([host, port]).toEqual(['127.0.0.1', (own.address() as AddressInfo).port])
})

it('a taken port is named, with the settings that choose another and one that is free', async () => {
  const { port } = await listen(server(), { host: '127.0.0.1', port: 0, setting: SETTING })
  const error = await listen(server(), { host: '127.0.0.1', port, setting: SETTING }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(CodedError)
  expect((error as CodedError).code).toBe('E_PORT_TAKEN')
  const [, free] =
    /^port \d+ on 127\.0\.0\.1 is taken: .*--port, SEICHE_CONTROL_PORT or control\.port \((\d+) is free\)$/.exec(
      (error as Error).message,
    ) ?? []
  const another = server().listen(Number(free), '127.0.0.1')
  await once(another, 'listening')
})

it('a host that is not of this machine is named with the setting that chose it', async () => {
  const refused = listen(server(), { host: '192.0.2.1', port: 0, setting: SETTING })
  await expect(refused).rejects.toThrow(
    /cannot listen on port 0 of 192\.0\.2\.1 .*--host, SEICHE_CONTROL_HOST or control\.host/,
  )
})
