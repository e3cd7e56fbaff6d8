import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { get, type Running, ready, temporaryFolder, until, wholeLog } from './e2e/seiche.ts'
import { subscribe } from './e2e/subscriber.ts'

const root = resolve(import.meta.dirname, '..')
const config = resolve(root, 'examples/own-app/seiche.config.ts')

beforeAll(() => void execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' })) // `seiche` is dist

async function started(): Promise<Running> {
  const chain = ['--seed', '4', '--block-time', '60', '--events', '6', '--rpc-port', '0']
  return await ready(['dev', '--data', temporaryFolder(), '--config', config, ...chain])
}

interface Saver {
  owner: string
  denom: string
  total: string
  deposits: number
}

it('an app of one’s own, named by URL: its events, projection, view, channel and task', async () => {
  const running = await started()
  const client = subscribe(running.ws, 'savings')
  await client.until(({ frames }) => frames.filter(({ type, id }) => type === 'data_update' && id).length >= 5)

  const view = async (address = ''): Promise<Saver[]> => {
    const { body } = await get(running, `/api/realtime/views/savings${address}`)
    return (body['view'] as { savers: Saver[] }).savers
  }
  const [first] = await until(view, (savers) => savers.length > 0)
  expect(await view(`?address=${first?.owner}`)).toContainEqual(expect.objectContaining({ owner: first?.owner }))

  const ran = await fetch(`${running.http}/api/realtime/polling/tasks/largest/run`, { method: 'POST' })
  expect(await ran.json()).toMatchObject({ ok: true, result: { largest: { deposits: expect.any(Number) } } })

  await fetch(`${running.http}/api/realtime/stop`, { method: 'POST' }) // nothing more comes: what is kept equals the log
  const log = (await wholeLog(running)) as { type: string; data: Record<'owner' | 'denom' | 'amount', string> }[]
  expect(new Set(log.map(({ type }) => type))).toEqual(new Set(['saving_added']))
  const totals = new Map<string, bigint>()
  for (const { data } of log) {
    const key = `${data.owner} ${data.denom}`
    totals.set(key, (totals.get(key) ?? 0n) + BigInt(data.amount))
  }
  const shown = (await view()).map(({ owner, denom, total }): [string, bigint] => [`${owner} ${denom}`, BigInt(total)])
  expect(new Map(shown)).toEqual(totals)
}, 60_000)
