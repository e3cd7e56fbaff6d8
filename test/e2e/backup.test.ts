import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Examination } from '../../src/store/examine.ts'
import { command, currentBlock, get, ready, temporaryFolder, until } from './seiche.ts'

/** Runs the command to its end; what it printed. */
async function run(args: string[]): Promise<{ code: number | null; text: string }> {
  const child = command(args)
  let text = ''
  child.process.stdout?.on('data', (chunk) => {
    text += chunk
  })
  return { code: await child.exited, text: text + child.stderr() }
}

async function examined(data: string, to: number): Promise<Examination & { ok: boolean }> {
  const { text } = await run(['doctor', '--store', '--json', '--data', data, '--to', `${to}`])
  return JSON.parse(text) as Examination & { ok: boolean }
}

it('a backup that is taken while a devnet is indexed says, restored elsewhere, what the log said up to its height', async () => {
  const [data, folder] = [temporaryFolder(), temporaryFolder()]
  const live = ['--rpc-port', '0', '--block-time', '20', '--events', '5']
  const running = await ready(['dev', ...live, '--data', data])
  const height = async (): Promise<number> => currentBlock((await get(running, '/api/realtime/status')).body)
  await until(height, (now) => now >= 50)

  const copy = join(folder, 'copy.db')
  const saved = await run(['backup', '--data', data, '--to', copy])
  expect(saved).toMatchObject({ code: 0, text: expect.stringContaining(copy) })
  const at = Number(/height (\d+)/.exec(saved.text)?.[1])
  expect(at).toBeGreaterThanOrEqual(50)

  const restored = join(folder, 'restored')
  expect((await run(['restore', '--data', data, '--from', copy, '--reset'])).text).toMatch(/^E_STORE_LOCKED: /)
  expect((await run(['restore', '--data', restored, '--from', copy])).code).toBe(0)
  await until(height, (now) => now > at)
  const [mine, theirs] = [await examined(restored, at), await examined(data, at)]
  expect([mine.ok, theirs.ok]).toEqual([true, true])
  expect(mine.digest?.events).toBeGreaterThan(50)
  expect(mine.digest).toEqual(theirs.digest)
  expect(mine.findings.find(({ check }) => check === 'checkpoint')?.text).toMatch(`height ${at},`)

  const plain = await run(['doctor', '--store', '--data', restored])
  expect(plain).toMatchObject({ code: 0, text: expect.stringMatching(/^ok {4}agreement/m) })
  expect((await run(['doctor', '--store', '--data', folder])).code).toBe(1)
}, 120_000)
