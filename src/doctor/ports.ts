/** The ports that are to be listened on. */
import { createServer } from 'node:net'
import { listen, type SeicheConfig, urlOf } from '../config/index.ts'
import { CodedError } from '../runtime/index.ts'
import { type Finding, fail, ok } from './finding.ts'

export async function lookAtPorts({ control, gateway, enableWebSocket }: SeicheConfig): Promise<Finding[]> {
  const ours = await answersAsSeiche(control)
  const ports = [
    { check: 'REST, socket.io', port: control.port, setting: '--port, SEICHE_CONTROL_PORT or control.port' },
    ...(enableWebSocket
      ? [{ check: 'WebSocket', port: gateway.port, setting: '--ws-port, SEICHE_GATEWAY_PORT or gateway.port' }]
      : []),
  ]
  return await Promise.all(
    ports.map(async ({ check, port, setting }) => {
      if (port === 0) return ok(check, 'any free port')
      if (ours) return ok(check, `port ${port}: Seiche runs here`)
      const server = createServer()
      try {
        await listen(server, { host: control.host, port, setting })
        server.close()
        return ok(check, `port ${port} is free`)
      } catch (error) {
        if (!(error instanceof CodedError)) throw error
        const [text = '', mend = setting] = error.message.split(/: (.*)/s)
        return fail(check, text, mend)
      }
    }),
  )
}

/** Whether a Seiche listens there already. */
async function answersAsSeiche({ host, port }: SeicheConfig['control']): Promise<boolean> {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  try {
    const answer = await fetch(`${urlOf('http', { host: name, port })}/livez`, {
      signal: AbortSignal.timeout(1_000),
    })
    return answer.ok && answer.headers.has('x-indexed-height')
  } catch {
    return false
  }
}
