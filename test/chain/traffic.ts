/** What users do to the contract, and what the node's own index says came of it. */
import { SigningCosmWasmClient } from '@cosmjs/cosmwasm-stargate'
import { DirectSecp256k1HdWallet } from '@cosmjs/proto-signing'
import { Comet38Client } from '@cosmjs/tendermint-rpc'
import { MsgExecuteContract } from 'cosmjs-types/cosmwasm/wasm/v1/tx'

export interface WasmEvent {
  /** Without `wasm-`. */
  type: string
  attributes: { key: string; value: string }[]
}

/** What the contract is told to answer. */
type Told =
  | { ok: { messages: []; attributes: WasmEvent['attributes']; events: WasmEvent[]; data: null } }
  | { error: string }

export const answering = (events: WasmEvent[] = [], attributes: WasmEvent['attributes'] = []): Told => ({
  ok: { messages: [], attributes, events, data: null },
})

/** cosmwasm-stargate has a copy of its own of the package. */
type AnyCometClient = Parameters<typeof SigningCosmWasmClient.createWithSigner>[0]

const FEE = { amount: [], gas: '2000000' }

export class User {
  readonly address: string
  readonly #wallet: DirectSecp256k1HdWallet
  #client: SigningCosmWasmClient | undefined

  private constructor(wallet: DirectSecp256k1HdWallet, address: string) {
    this.#wallet = wallet
    this.address = address
  }

  static async make(): Promise<User> {
    const wallet = await DirectSecp256k1HdWallet.generate(12, { prefix: 'wasm' })
    const [account] = await wallet.getAccounts()
    return new User(wallet, account?.address ?? '')
  }

  async connect(url: string): Promise<void> {
    const client = (await Comet38Client.connect(url)) as unknown as AnyCometClient // cosmjs's own choice takes 0.39 for 0.37
    this.#client = await SigningCosmWasmClient.createWithSigner(client, this.#wallet, { broadcastPollIntervalMs: 100 })
  }

  /** Uploads the contract, and makes one of it that answers `told` at once; its address. */
  async deploy(code: Uint8Array, told: Told): Promise<string> {
    const { codeId } = await this.#connected.upload(this.address, code, { amount: [], gas: '20000000' })
    const { contractAddress } = await this.#connected.instantiate(this.address, codeId, told, 'echo', FEE)
    return contractAddress
  }

  /** One transaction with a message for each; its code: 0 when it went through. */
  async tell(contract: string, ...all: Told[]): Promise<number> {
    const messages = all.map((told) => ({
      typeUrl: '/cosmwasm.wasm.v1.MsgExecuteContract',
      value: MsgExecuteContract.fromPartial({ sender: this.address, contract, msg: Buffer.from(JSON.stringify(told)) }),
    }))
    return (await this.#connected.signAndBroadcast(this.address, messages, FEE)).code
  }

  get #connected(): SigningCosmWasmClient {
    if (this.#client) return this.#client
    throw new Error('connect() first')
  }
}

/** An event as the node's index and Seiche both must tell it. */
export interface Expected {
  id: string
  type: string
  txHash: string
  data: Record<string, string>
}

/** Everything the contract emitted, by `tx_search`, in the order of the chain. Written against the node, not against Seiche's decoder. */
export async function indexed(url: string, contract: string, name: string): Promise<Expected[]> {
  const client = await Comet38Client.connect(url)
  const found = new Map<string, Expected>()
  for (const kind of ['execute', 'instantiate']) {
    const { txs } = await client.txSearchAll({ query: `${kind}._contract_address='${contract}'`, per_page: 100 })
    for (const { height, index, hash, result } of txs) {
      if (result.code !== 0) continue
      for (const [n, { type, attributes }] of result.events.entries()) {
        if (!/^wasm(-|$)/.test(type) || attributes[0]?.value !== contract) continue
        const own = attributes.slice(1).filter(({ key }) => key !== 'msg_index')
        const data: Record<string, string> = {}
        for (const { key, value } of own) data[key] ??= value
        const called = type === 'wasm' ? data['action'] : type.slice('wasm-'.length)
        if (called === undefined) continue
        const txHash = Buffer.from(hash).toString('hex').toUpperCase()
        const id = `${height}-${index}-${n}`
        found.set(id, { id, type: `${name}.${called}`, txHash, data })
      }
    }
  }
  client.disconnect()
  const place = ({ id }: Expected): number[] => id.split('-').map(Number)
  return [...found.values()].sort((a, b) => {
    const [left, right] = [place(a), place(b)]
    const at = left.findIndex((part, n) => part !== right[n])
    return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
  })
}
