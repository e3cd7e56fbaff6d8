/** Listens where the configuration says; failing, names the setting to change. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { CodedError } from '../runtime/shared/errors.ts'

/** Where to listen, and which setting says so. */
export interface ListenAt {
  host: string
  /** 0: any free one. */
  port: number
  /** How to choose another port, e.g. `--port, SEICHE_CONTROL_PORT or control.port`. */
  setting: string
}

/** `http://127.0.0.1:3000`; an IPv6 address in its brackets. */
export function urlOf(scheme: string, { host, port }: { host: string; port: number }): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** How many ports above a taken one are tried for a free one to propose. */
const PROPOSALS = 20

/**
 * Resolves with where the server listens now.
 * @throws CodedError `E_PORT_TAKEN` naming the next free port; `E_LISTEN` when the host or port can't be listened on
 */
export async function listen(
  server: Server,
  { host, port, setting }: ListenAt,
): Promise<{ host: string; port: number }> {
  try {
    await bind(server, host, port)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') {
      const free = await nextFree(host, port)
      const proposal = free ? ` (${free} is free)` : ''
      const message = `port ${port} on ${host} is taken: end the program that has it, or choose another with ${setting}${proposal}`
      throw new CodedError('E_PORT_TAKEN', message, { cause })
    }
    const message = `cannot listen on port ${port} of ${host} (${code}): choose another host (--host, SEICHE_CONTROL_HOST or control.host) or port (${setting})`
    throw new CodedError('E_LISTEN', message, { cause })
  }
  return { host, port: (server.address() as AddressInfo).port }
}

async function bind(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host.replace(/^\[(.*)\]$/, '$1'))
  await once(server, 'listening')
}

async function nextFree(host: string, taken: number): Promise<number | undefined> {
  for (let port = taken + 1; port <= Math.min(taken + PROPOSALS, 65_535); port++) {
    const free = await probe(host, port).catch(() => undefined)
    if (free !== undefined) return free
  }
  return undefined
}

/** A port of loopback that is free now: the wanted one, or any other when that is taken. */
export async function freePort(wanted: number = 0): Promise<number> {
  try {
    return await probe('127.0.0.1', wanted)
  } catch (error) {
    if (wanted === 0) throw error
    return await freePort()
  }
}

/** Listens for a moment; answers where, or rejects with why it could not. */
async function probe(host: string, wanted: number): Promise<number> {
  const server = createServer()
  await bind(server, host, wanted)
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
