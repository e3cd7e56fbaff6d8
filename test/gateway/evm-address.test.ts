/** `0x…` on a chain where somebody must be asked which account it is, over both doors. */
import { describe, expect, it } from 'vitest'
import { accountFromHex, type ResolveHex } from '../../src/events/accounts.ts'
import { evmAccounts } from '../../src/system/evm-accounts.ts'
import { type Client, connect, connectIo } from './client.ts'
import { ALICE, BOB, doors, event, type Rig, rig, viewsOf } from './support.ts'

const HEX = `0x${'aB'.repeat(20)}`
const SAME_BYTES = accountFromHex(HEX, 'wasm') ?? ''

const DOORS: [door: string, enter: (urls: { ws: string; io: string }) => Promise<Client>][] = [
  ['websocket', ({ ws }) => connect(ws)],
  ['socket.io', ({ io }) => connectIo(io)],
]

describe.each(DOORS)('%s', (_, enter) => {
  const open = async (resolveHex: ResolveHex, more: Parameters<typeof rig>[1] = {}): Promise<[Rig, Client]> => {
    const it = rig({}, { resolveHex, ...more })
    return [it, await enter(await doors(it))]
  }

  const received = async (it: Rig, client: Client): Promise<unknown[]> => {
    const before = client.ids('transfers').length
    it.commit([event(0, 'transfer_a', [ALICE]), event(1, 'transfer_b', [BOB]), event(2, 'transfer_c', [SAME_BYTES])])
    await client.settled()
    return client.ids('transfers').slice(before)
  }

  it('carries what concerns the account it stands for, whose view it shows, and not what concerns that of the same bytes', async () => {
    const [it, client] = await open(async () => ALICE, { views: viewsOf })
    it.commit([event(0, 'transfer_a', [ALICE]), event(1, 'transfer_c', [SAME_BYTES])])
    expect((await client.subscribe('transfers', { address: HEX })).data['message']).toBe('Subscribed to transfers')
    await client.settled()
    expect(client.views('transfers')).toEqual([expect.objectContaining({ items: ['1-0-0'] })])
    expect(await received(it, client)).toEqual(['2-0-0'])
  })

  it('while it is asked for what comes next waits its turn, and nobody else does', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const [it, client] = await open((hex) => (hex === HEX ? promise : accountFromHex(hex, 'wasm')))
    const asked = ['transfers', 'pots', 'system'].map((channel) =>
      client.subscribe(channel, channel === 'transfers' ? { address: HEX } : {}),
    )
    const other = await enter(await doors(it))
    await other.subscribe('transfers', { address: SAME_BYTES })
    expect(await received(it, other)).toEqual(['1-0-2'])
    expect(client.told).toHaveLength(1) // the welcome
    resolve(ALICE)
    const answers = await Promise.all(asked)
    expect(client.told.slice(1).map(({ id }) => id)).toEqual(answers.map(({ id }) => id))
    expect(answers.map(({ data }) => data['channel'])).toEqual(['transfers', 'pots', 'system'])
  })

  it('in every spelling it is one subscription: another replaces it, and any of them ends it', async () => {
    const [it, client] = await open(async () => ALICE)
    for (const address of [HEX, HEX.toLowerCase(), ALICE]) await client.subscribe('transfers', { address })
    expect([it.hub.metrics().subscriptions['transfers'], await received(it, client)]).toEqual([1, ['1-0-0']])
    client.send({ type: 'unsubscribe', channel: 'transfers', data: { address: HEX } })
    await client.settled()
    expect(await received(it, client)).toEqual([])
  })

  it('what was subscribed before it was associated ends as well, and other addresses do not', async () => {
    let account = SAME_BYTES
    const [it, client] = await open(async () => account)
    await client.subscribe('transfers', { address: HEX })
    for (const address of [ALICE, BOB]) await client.subscribe('transfers', { address })
    expect(await received(it, client)).toEqual(['1-0-0', '1-0-1', '1-0-2'])
    account = ALICE
    client.send({ type: 'unsubscribe', channel: 'transfers', data: { address: HEX } })
    await client.settled()
    expect(await received(it, client)).toEqual(['2-0-1'])
  })

  it('authorize is asked about the account, once it is known', async () => {
    const asked: unknown[] = []
    const [, client] = await open(async () => ALICE, { authorize: (subscription) => Boolean(asked.push(subscription)) })
    await client.subscribe('transfers', { address: HEX })
    expect(asked).toEqual([{ channel: 'transfers', address: ALICE }])
  })

  it('with a node that fails it is the account of the same bytes', async () => {
    const [it, client] = await open(evmAccounts({ prefix: 'wasm', ask: () => Promise.reject(new Error('no node')) }))
    await client.subscribe('transfers', { address: HEX })
    expect(await received(it, client)).toEqual(['1-0-2'])
  })

  it('a fault of ours is server_busy, and the client goes on', async () => {
    const faults: unknown[] = []
    const [it, client] = await open(() => Promise.reject(new Error('ours')), { onFault: (error) => faults.push(error) })
    expect((await client.subscribe('transfers', { address: HEX })).data['code']).toBe('server_busy')
    await client.subscribe('transfers', { address: ALICE })
    expect([faults, await received(it, client)]).toEqual([[new Error('ours')], ['1-0-0']])
  })

  it('what is no EVM address is invalid_address; where an address means nothing nobody is asked', async () => {
    const asked: string[] = []
    const ask = async (hex: string) => (asked.push(hex) ? ALICE : null)
    const [, client] = await open(evmAccounts({ prefix: 'wasm', ask }))
    for (const address of ['0x', '0x12', `${HEX}00`])
      expect((await client.subscribe('transfers', { address })).data['code']).toBe('invalid_address')
    await client.subscribe('stats', { address: HEX })
    expect(asked).toEqual([])
  })
})
