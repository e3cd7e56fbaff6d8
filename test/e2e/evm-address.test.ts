import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { loadRecording } from '../../src/devnet/recording.ts'
import { accountBytes, accountFromHex } from '../../src/events/accounts.ts'
import { RECORDINGS } from './recordings.ts'
import { get, logUpTo, ready, temporaryFolder } from './seiche.ts'
import { unwellNode } from './unwell-node.ts'

const { dir, from } = RECORDINGS.sei2
const TO = 60
const PATH = '/seiprotocol.seichain.evm.Query/SeiAddressByEVMAddress'
const ALICE = 'sei1pytelukfdc0c5yu43ka7svuj66xfyn329vvd9q'
const hexOf = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`
/** What a wallet shows of Alice's key; nobody has heard of the other. */
const [WALLET, STRANGER] = [`0x${'5e'.repeat(20)}`, `0x${'1c'.repeat(20)}`]

/** A node on which Alice associated her wallet. */
async function associated(asked: string[]): Promise<string> {
  const told = Buffer.concat([Buffer.from([0x0a, ALICE.length]), Buffer.from(ALICE), Buffer.from([0x10, 1])])
  return await unwellNode(dir, ({ method, params }, answer) => {
    if (method !== 'abci_query' || params?.['path'] !== PATH) return answer
    const hex = Buffer.from(String(params['data']), 'hex').toString('utf8', 2)
    asked.push(hex)
    const value = hex === WALLET ? told.toString('base64') : null
    return { id: answer.id, result: { response: { code: 0, log: '', value, height: '60' } } }
  })
}

it('a wallet’s address means the account it is associated with, over REST and WebSocket; else that of its bytes', async () => {
  const asked: string[] = []
  const named = Object.entries(loadRecording(dir).contracts).flatMap(([name, at]) => ['--contract', `${name}=${at}`])
  const options = ['--start-height', `${from}`, '--data', temporaryFolder()]
  const running = await ready(['start', '--rpc', await associated(asked), ...named, ...options])
  await logUpTo(running, TO)
  const of = async (address: string) => {
    const { body } = await get(running, `/api/realtime/events?limit=1000&account=${address}&before=${TO}-0-0`)
    return (body['events'] as { id: string }[]).map(({ id }) => id)
  }
  const own = await of(ALICE)
  expect(own.length).toBeGreaterThan(3)
  expect([await of(WALLET), await of(hexOf(accountBytes(ALICE))), await of(STRANGER)]).toEqual([own, own, []])

  const shown = async (address: string): Promise<unknown> =>
    ((await get(running, `/api/realtime/views/user_portfolio?address=${address}`)).body['view'] as { address: string })
      .address
  expect([await shown(WALLET), await shown(STRANGER)]).toEqual([ALICE, accountFromHex(STRANGER, 'sei')])
  expect(asked).toEqual([WALLET, hexOf(accountBytes(ALICE)), STRANGER]) // once each

  const socket = new WebSocket(running.ws)
  onTestFinished(() => socket.close())
  await once(socket, 'open')
  const portfolio = new Promise<unknown>((resolve) => {
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as { channel?: string; data: { address?: string } }
      if (frame.channel === 'user_portfolio' && 'address' in frame.data) resolve(frame.data.address)
    }
  })
  socket.send(JSON.stringify({ type: 'subscribe', channel: 'user_portfolio', data: { address: WALLET } }))
  expect(await portfolio).toBe(ALICE)
})
