/** Everything looked over, section by section; nodes and ports at the same time. */

import type { SeicheConfig } from '../config/index.ts'
import { openReader } from '../store/reader.ts'
import { lookAtConfiguration, lookAtOrigins } from './configuration.ts'
import type { Section } from './finding.ts'
import { type Expected, lookAtContracts, lookAtNode, type Node, reach } from './node.ts'
import { lookAtPorts } from './ports.ts'
import { lookAtRuntime } from './runtime.ts'
import { lookAtStore } from './store.ts'

export async function examine(config: SeicheConfig): Promise<Section[]> {
  const [nodes, ports] = await Promise.all([Promise.all(config.chain.endpoints.map(reach)), lookAtPorts(config)])
  const expected = expectedOf(config, nodes)
  const looked = await Promise.all(
    nodes.map(async (node) => ({ name: `node ${node.name}`, findings: await lookAtNode(node, expected) })),
  )
  const asked = nodes.find(({ facts }) => facts && facts.chainId === expected.chainId)
  return [
    { name: 'runtime', findings: lookAtRuntime(config) },
    { name: 'config', findings: lookAtConfiguration(config) },
    { name: 'store', findings: lookAtStore(config) },
    ...looked,
    ...(asked ? [{ name: 'contracts', findings: await lookAtContracts(config, asked) }] : []),
    { name: 'ports', findings: ports },
    { name: 'browsers', findings: lookAtOrigins(config) },
  ].filter(({ findings }) => findings.length)
}

function expectedOf(config: SeicheConfig, nodes: readonly Node[]): Expected {
  const log = logOf(config.store.path)
  const facts = nodes.flatMap((node) => node.facts ?? [])
  const heights = Object.values(config.contracts).flatMap(({ startHeight }) => startHeight ?? [])
  const begin = config.startHeight ?? (heights.length ? Math.min(...heights) : undefined)
  return {
    chainId: config.chain.id ?? log.chainId ?? facts[0]?.chainId,
    from: log.height ? log.height + 1 : begin,
    head: Math.max(0, ...facts.map(({ latest }) => latest)),
  }
}

/** What the log is of and how far; nothing where there is none that can be read: that is a finding of its own. */
function logOf(path: string): { chainId: string | undefined; height: number } {
  try {
    const reader = openReader(path)
    try {
      return { chainId: reader.identity().chainId ?? undefined, height: reader.checkpoint().height }
    } finally {
      reader.close()
    }
  } catch {
    return { chainId: undefined, height: 0 }
  }
}
