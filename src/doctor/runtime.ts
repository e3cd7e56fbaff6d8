/** The machine below: Node, and how many sockets it lets a process have. */
import { readFileSync } from 'node:fs'
import type { SeicheConfig } from '../config/index.ts'
import { type Finding, ok, warn } from './finding.ts'

/** Files and sockets of our own beside the clients': the log, nodes, threads. */
const OWN = 200

/** `openFiles`: most that this process may have open. Default: what the system says; none where it does not. */
export function lookAtRuntime({ gateway }: SeicheConfig, openFiles: number | undefined = openFileLimit()): Finding[] {
  const node = ok('Node', `${process.version} on ${process.platform} ${process.arch}`)
  if (openFiles === undefined) return [node]
  const needed = gateway.maxConnections + OWN
  const text = `${openFiles === Number.POSITIVE_INFINITY ? 'unlimited' : openFiles}`
  if (openFiles >= needed) return [node, ok('open files', text)]
  const mend = `ulimit -n ${needed} before the start, LimitNOFILE=${needed} in the systemd unit, or a smaller gateway.maxConnections`
  return [
    node,
    warn(
      'open files',
      `${text} are allowed, but gateway.maxConnections of ${gateway.maxConnections} needs ${needed}`,
      mend,
    ),
  ]
}

/** The soft limit, where Linux tells it (proc(5), `/proc/pid/limits`). */
function openFileLimit(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === 'unlimited' ? Number.POSITIVE_INFINITY : soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}
