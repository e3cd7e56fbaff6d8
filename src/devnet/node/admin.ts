/** Routes of our own beside the node's: `GET` and `POST /devnet/faults`, `GET /devnet/said`, `GET /devnet/chain`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import * as z from 'zod'
import type { Dialect } from '../../chain/decode/types.ts'
import type { Application, ContractKind } from '../app/types.ts'
import type { Said } from '../chain/said.ts'
import { type Faults, FaultsJson } from '../faults.ts'
import { readBody } from './http.ts'

export interface Admin {
  faults(): Readonly<Faults>
  setFaults(faults: Faults): void
  said(): Said
  /** Who and what is on the chain. */
  about(): About
}

export interface About {
  chainId: string
  dialect: Dialect
  /** Accounts that had coins from the beginning. */
  users: string[]
  /** In the order of their instantiation. */
  contracts: { kind: ContractKind; address: string }[]
}

export function aboutChain(app: Application): About {
  const { chainId, dialect, balances } = app.genesis
  const contracts = app.contracts().flatMap((address) => {
    const kind = app.contract(address)?.kind
    return kind ? [{ kind, address }] : []
  })
  return { chainId, dialect, users: Object.keys(balances), contracts }
}

/**
 * Answers one request. Only to who names this machine by a loopback name and, to change something, sends JSON by its
 * own media type: a page in a browser can do neither without being asked.
 */
export async function answerAdmin(admin: Admin, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await answer(admin, request)
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

type Reply = { status: number; body: unknown }

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

async function answer(admin: Admin, request: IncomingMessage): Promise<Reply> {
  if (!LOOPBACK.test(request.headers.host ?? '')) return refused(403, 'only by a loopback host name')
  switch (`${request.method} ${request.url}`) {
    case 'GET /devnet/said':
      return { status: 200, body: admin.said() }
    case 'GET /devnet/chain':
      return { status: 200, body: admin.about() }
    case 'GET /devnet/faults':
      return { status: 200, body: admin.faults() }
    case 'POST /devnet/faults':
      return setFaults(admin, request)
    default:
      return refused(404, 'GET or POST /devnet/faults, GET /devnet/said, GET /devnet/chain')
  }
}

async function setFaults(admin: Admin, request: IncomingMessage): Promise<Reply> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    return refused(415, 'send content-type: application/json')
  const checked = FaultsJson.safeParse(parseJson((await readBody(request)) ?? ''))
  if (!checked.success) return refused(400, z.prettifyError(checked.error))
  admin.setFaults(checked.data as Faults)
  return { status: 200, body: admin.faults() }
}

function refused(status: number, error: string): Reply {
  return { status, body: { error } }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
