import { expect, it } from 'vitest'
import { AUTOBAHN } from './recordings.ts'
import { currentBlock, get, ready, temporaryFolder, until } from './seiche.ts'

it('a node that has transactions but no results halts the source; health is 503 and the checkpoint never passes it', async () => {
  const running = await ready(['replay', AUTOBAHN, '--pace', '0', '--data', temporaryFolder()])
  const health = await until(
    () => get(running, '/api/realtime/health'),
    ({ status }) => status === 503,
  )
  expect(JSON.stringify(health.body)).toContain('E_SOURCE_INCAPABLE')
  const before = currentBlock((await get(running, '/api/realtime/status')).body)
  const firstWithTransactions = 60
  expect(before).toBeLessThan(firstWithTransactions)
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  expect(currentBlock((await get(running, '/api/realtime/status')).body)).toBe(before)
  expect((await fetch(`${running.http}/livez`)).status).toBe(200)
})
