/** What pages attack: the real command with events in its log, and all that it could be asked. */
import { expect } from 'vitest'
import { get, type Running, ready, temporaryFolder, until } from '../e2e/seiche.ts'
import { connect } from '../gateway/client.ts'
import { type Site, site } from './support.ts'

export const API = '/api/realtime'

export interface Attacked {
  running: Running
  web: Site
  /** Paths of everything that is read: all that `/openapi.json` names, but for the probes, which say nothing. */
  reads: string[]
  /** Everything that changes something, with a body that it takes. */
  changes: { method: string; path: string; body: string }[]
  /** Holds while nothing is changed, nobody was told anything, and no operator's action was as much as begun. */
  unchanged(): Promise<void>
}

/** `seiche dev`, and a site whose pages may come in only under the name `app.test`. */
export async function attacked(): Promise<Attacked> {
  const web = await site()
  const running = await ready(['dev', '--rpc-port', '0', '--block-time', '200', '--data', temporaryFolder()], {
    SEICHE_CONTROL_ALLOWED_ORIGINS: `http://app.test:${web.port}`,
  })
  await until(
    () => get(running, `${API}/events`),
    ({ body }) => Number(body['count']) > 0,
  )
  const listener = await connect(running.ws)
  await listener.subscribe('market_stats')
  const config = async (): Promise<unknown> => (await get(running, `${API}/config`)).body['config']
  const before = await config()
  return {
    ...{ running, web, ...(await routesOf(running)) },
    unchanged: async () => {
      expect(await config()).toEqual(before)
      expect((await get(running, `${API}/status`)).body['status']).toMatchObject({
        ...{ eventIndexer: { running: true }, webSocket: { running: true }, polling: { running: true } },
      })
      expect(acted(running)).toEqual([])
      await listener.settled()
      expect(listener.told.filter(({ data }) => data['source'] === 'operator')).toEqual([])
    },
  }
}

/** What operators did, as the log has it. */
export function acted({ lines }: Running): unknown[] {
  return lines.filter(({ msg }) => msg === 'an operator acted').map(({ action }) => action)
}

async function routesOf(running: Running): Promise<Pick<Attacked, 'reads' | 'changes'>> {
  const { paths } = (await get(running, '/openapi.json')).body as { paths: Record<string, object> }
  const all = Object.entries(paths).flatMap(([template, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path: pathOf(template) })),
  )
  return {
    reads: all.flatMap(({ method, path }) => (method === 'GET' && !/^\/(livez|readyz)$/.test(path) ? [path] : [])),
    changes: all.flatMap(({ method, path }) => (method === 'GET' ? [] : [{ method, path, body: bodyOf(path) }])),
  }
}

/** Names things that are there, so that what comes in does something. */
function pathOf(template: string): string {
  return template
    .replace('/cache/{name}', '/cache/market_data')
    .replace('/actors/{name}', '/actors/scheduler')
    .replace('/views/{name}', '/views/market_stats')
    .replace('{id}', 'market_stats')
    .replace('{hash}', 'A'.repeat(64))
}

function bodyOf(path: string): string {
  if (path.endsWith('/broadcast')) return JSON.stringify({ channel: 'market_stats', data: { forged: true } })
  return path.endsWith('/config') ? JSON.stringify({ log: { level: 'error' } }) : '{}'
}
