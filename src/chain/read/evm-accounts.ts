/**
 * Which account an EVM address stands for on Sei. Until its owner associates the two, that is the account of the same
 * 20 bytes; from then on, for ever, the account of the owner's public key, whose bytes are others.
 */
import { askAround } from './ask-around.ts'
import type { EndpointOptions } from './endpoint.ts'
import { Endpoints } from './endpoints.ts'
import { fields, orMalformed, text, whole } from './fields.ts'
import { encodeText, protobufField } from './protobuf.ts'

export interface EvmAccountsOptions {
  /** In order of preference. */
  endpoints: readonly EndpointOptions[]
  /** The chain that must be served; null: that of the first endpoint that answers. */
  chainId: string | null
  /** Longest silence of a node, ms; at most a second is waited for, since a user waits for the answer. */
  deadline: number
  /** Ends questions. */
  signal: AbortSignal
}

export interface EvmAccounts {
  /**
   * The account associated with `address` (`0x…`); null when there is none, or the chain knows no such thing.
   * @throws SourceError `E_NO_ENDPOINT` when no node answers
   */
  accountOf(address: string): Promise<string | null>
  close(): Promise<void>
}

const LONGEST_SILENCE = 1_000
/** `service Query` of package `seiprotocol.seichain.evm` (sei-chain, proto/evm/query.proto). */
const PATH = '/seiprotocol.seichain.evm.Query/SeiAddressByEVMAddress'

/** Opens connections when first asked. */
export function evmAccounts({ endpoints: options, chainId, deadline, signal }: EvmAccountsOptions): EvmAccounts {
  let opened: Endpoints | undefined
  return {
    accountOf: async (address) => {
      opened ??= new Endpoints(options, chainId, Math.min(deadline, LONGEST_SILENCE))
      const params = { path: PATH, data: Buffer.from(encodeText(address)).toString('hex'), prove: false }
      return await askAround(
        opened,
        async ({ rpc }) => readAnswer(await rpc.call('abci_query', params, signal)),
        signal,
      )
    },
    close: async () => await opened?.close(),
  }
}

/** A code other than 0 is an answer too: this node's chain has no EVM, or nothing to say of the address. */
function readAnswer(result: unknown): string | null {
  return orMalformed('abci_query', () => {
    const { code, value } = fields(fields(result, 'result')['response'], 'response')
    if (whole(code ?? 0, 'code') !== 0) return null
    return decodeAssociation(Buffer.from(text(value ?? '', 'value'), 'base64'))
  })
}

/**
 * `QuerySeiAddressByEVMAddressResponse { string sei_address = 1; bool associated = 2 }` (sei-chain, proto/evm/query.proto).
 * Null when it is not associated: some versions tell the account of the same bytes then, others nothing.
 */
export function decodeAssociation(answer: Uint8Array): string | null {
  const account = protobufField(answer, 1)
  return protobufField(answer, 2) === 1 && account instanceof Uint8Array ? Buffer.from(account).toString() : null
}
