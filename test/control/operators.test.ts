import { expect, it } from 'vitest'
import { serve } from './support.ts'

const restart = '/api/realtime/actors/event-store/restart'

it('an operator restarts an actor; one that is not there is 404', async () => {
  const { ask } = await serve()
  expect(await ask(restart, { method: 'POST' })).toMatchObject({ status: 200, body: { ok: true, changed: true } })
  const unknown = await ask('/api/realtime/actors/nobody/restart', { method: 'POST' })
  expect(unknown).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
})

it('an operator sees where a living actor spends its time', async () => {
  const { ask } = await serve()
  const profile = await ask('/api/realtime/actors/event-store/profile?ms=200', { method: 'POST' })
  expect(profile).toMatchObject({ status: 200, body: { milliseconds: 200, hot: [{ at: 'store.ts:1', share: 0.2 }] } })
})

it.each(['', '9', '10001', '1e3', '-1', '100&ms=200'])(
  'a profile of %j ms is refused, naming the field',
  async (ms) => {
    const { ask } = await serve()
    const refused = await ask(`/api/realtime/actors/event-store/profile?ms=${ms}`, { method: 'POST' })
    expect(refused).toMatchObject({ status: 400, body: { error: { message: expect.stringMatching(/^ms:/) } } })
  },
)

it('once there is an admin token, what changes something needs it, and what reads does not', async () => {
  const { ask } = await serve({ adminToken: 'secret' })
  for (const authorization of [undefined, 'Bearer wrong', 'Bearer ', 'Basic secret'])
    expect(await ask(restart, { method: 'POST', headers: authorization ? { authorization } : {} })).toMatchObject({
      ...{ status: 401, body: { error: { code: 'unauthorized' } } },
    })
  expect(await ask(restart, { method: 'POST', headers: { authorization: 'Bearer secret' } })).toMatchObject({
    status: 200,
  })
  expect(await ask('/api/realtime/actors')).toMatchObject({ status: 200 })
})

it.each([{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])(
  'a page of another origin (%o) changes nothing',
  async (headers) => {
    const { ask } = await serve()
    expect(await ask(restart, { method: 'POST', headers })).toMatchObject({ status: 403 })
  },
)
