/** What is allowed, but seldom meant. */
import { isLoopback, type SeicheConfig } from '../config/index.ts'
import { type Finding, ok, warn } from './finding.ts'

export function lookAtConfiguration({ chain, contracts, control, admin }: SeicheConfig): Finding[] {
  const names = Object.keys(contracts)
  const findings: Finding[] = [
    chain.endpoints.length
      ? ok('nodes', `${chain.endpoints.length} configured`)
      : warn(
          'nodes',
          'none: `seiche dev` makes a chain of its own',
          '--rpc URL, SEICHE_CHAIN_ENDPOINTS or chain.endpoints',
        ),
    names.length
      ? ok('contracts', names.join(', '))
      : warn('contracts', 'none is watched, so no event will come', '--contract NAME=ADDRESS or contracts'),
  ]
  if (chain.endpoints.length === 1)
    findings.push(
      warn('spare node', 'there is none: when this one fails, indexing waits', 'repeat --rpc for a second node'),
    )
  const tokens = admin.tokens.length + (admin.token === undefined ? 0 : 1)
  findings.push(
    tokens || isLoopback(control.host)
      ? ok(
          'operators',
          tokens
            ? `${tokens} token${tokens > 1 ? 's' : ''}`
            : 'everybody on this machine: REST listens on loopback alone',
        )
      : warn('operators', 'no token is set', 'SEICHE_ADMIN_TOKEN=$(openssl rand -hex 32)'),
  )
  return findings
}

/** Which web pages may come in. */
export function lookAtOrigins({ control }: SeicheConfig): Finding[] {
  const { host, allowedHosts, allowedOrigins } = control
  const findings: Finding[] = []
  if (allowedOrigins.includes('*'))
    findings.push(warn('pages', 'every web page may read and connect', 'name them: control.allowedOrigins'))
  else findings.push(ok('pages', ['those of this machine', ...allowedOrigins].join(', ')))
  if (!isLoopback(host) && !allowedHosts.length)
    findings.push(
      warn('host names', 'none but addresses and this machine’s own are answered', 'name yours: control.allowedHosts'),
    )
  else findings.push(ok('host names', ['those of this machine', ...allowedHosts].join(', ')))
  return findings
}
