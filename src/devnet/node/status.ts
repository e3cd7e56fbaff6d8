/** What a node says of itself. */
import { EPOCH } from './autobahn.ts'
import type { ChainNode } from './chain-node.ts'
import type { NodeBlock } from './source.ts'

/** The answer to `status`. */
export function status(node: ChainNode): object {
  const { source, autobahn } = node
  const sei = source.dialect !== 'plain'
  const [latest, earliest] = [source.at(node.head), source.at(node.lowest)] as [NodeBlock?, NodeBlock?]
  const { address, publicKey, power } = source.validator
  return {
    node_info: {
      protocol_version: { p2p: '8', block: '11', app: '0' },
      id: address.toLowerCase(),
      listen_addr: 'tcp://127.0.0.1:26656',
      network: source.chainId,
      version: sei ? '0.35.0-unreleased' : '0.38.19',
      channels: sei ? '402021222330386061626300' : '402021222330386061',
      moniker: source.moniker,
      other: { tx_index: 'on', rpc_address: 'tcp://127.0.0.1:26657' },
    },
    ...(sei ? { application_info: { version: '0' } } : {}),
    sync_info: {
      latest_block_hash: autobahn ? '' : (latest?.blockId.hash ?? ''),
      latest_app_hash: latest?.header.app_hash ?? '',
      latest_block_height: `${latest?.height ?? 0}`,
      latest_block_time: autobahn ? EPOCH : (latest?.header.time ?? EPOCH),
      ...(sei ? { last_committed_block_height: `${latest?.height ?? 0}` } : {}),
      earliest_block_hash: autobahn ? '' : (earliest?.blockId.hash ?? ''),
      earliest_app_hash: autobahn ? '' : (earliest?.header.app_hash ?? ''),
      earliest_block_height: autobahn ? '0' : `${earliest?.height ?? 0}`,
      earliest_block_time: autobahn ? EPOCH : (earliest?.header.time ?? EPOCH),
      ...(sei ? { max_peer_block_height: '0' } : {}),
      catching_up: autobahn,
      ...(sei ? SEI_SYNC : {}),
    },
    validator_info: {
      address,
      pub_key: { type: 'tendermint/PubKeyEd25519', value: publicKey.toString('base64') },
      voting_power: `${power}`,
    },
  }
}

/** Sei tells of its state sync, which a node that has all blocks never does. */
const SEI_SYNC = {
  total_synced_time: '0',
  remaining_time: '0',
  total_snapshots: '0',
  chunk_process_avg_time: '0',
  snapshot_height: '0',
  snapshot_chunks_count: '0',
  snapshot_chunks_total: '0',
  backfilled_blocks: '0',
  backfill_blocks_total: '0',
}
