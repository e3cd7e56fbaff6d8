/** One node on one port: HTTP, WebSocket and faults before a chain, whichever it is. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FaultLayer, type Faults } from '../faults.ts'
import { type Admin, answerAdmin } from './admin.ts'
import { ChainNode } from './chain-node.ts'
import { Connections } from './connections.ts'
import { serveHttp } from './http.ts'
import { METHODS } from './methods.ts'
import type { Source } from './source.ts'
import { NodeWebSocket } from './websocket.ts'

export interface ServeOptions {
  /** Default 127.0.0.1. */
  host?: string | undefined
  /** Default 0: any free port. */
  port?: number | undefined
  /** Compress answers for those who accept gzip, as a proxy does. Default false. */
  gzip?: boolean | undefined
  /** What goes wrong from the start; nothing by default. */
  faults?: Faults | undefined
}

/** A port that is taken, and nothing on it yet: so that no chain is touched when there is none to be had. */
export interface Served {
  url: string
  port: number
  /** Begins to answer; `admin` adds the routes under `/devnet/`. */
  open(source: Source, admin?: Omit<Admin, 'faults' | 'setFaults'>): ChainNode
  /** Tells subscribers that this height, less the lag, has come. */
  announce(height: number): void
  /** Replaces all faults, with a fresh seed and fresh counts. */
  setFaults(faults: Faults): void
  /** Ends all connections at once. */
  close(): Promise<void>
}

/** @throws the system's error (`EADDRINUSE`) for a taken port */
export async function listen(options: ServeOptions): Promise<Served> {
  let layer = new FaultLayer(options.faults ?? {})
  const faults = (): FaultLayer => layer
  const http = createServer()
  const connections = new Connections(http, () => layer.set.halfOpen ?? false)
  http.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(http, 'listening')
  const { address, port, family } = http.address() as AddressInfo
  let sockets: NodeWebSocket | undefined

  const setFaults = (next: Faults): void => {
    layer = new FaultLayer(next)
    if (next.halfOpen) connections.hitAll()
  }
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    port,
    open(source, admin) {
      const node = new ChainNode(source, faults, METHODS)
      sockets = new NodeWebSocket(http, node, connections)
      const rpc = serveHttp(node, options.gzip ?? false)
      http.on('request', (request, response) => {
        if (connections.isDead(request.socket)) return
        if (admin && request.url?.startsWith('/devnet/'))
          void answerAdmin({ ...admin, faults: () => layer.set, setFaults }, request, response)
        else void rpc(request, response)
      })
      return node
    },
    announce: (height) => sockets?.announce(height - (layer.set.lag ?? 0)),
    setFaults,
    async close() {
      if (!http.listening) return
      const closed = once(http, 'close')
      sockets?.close()
      http.close()
      connections.destroyAll()
      await closed
    },
  }
}
