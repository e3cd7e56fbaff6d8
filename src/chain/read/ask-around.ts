/** Questions that any node of the chain may answer, off the hot path. */
import { CodedError } from '../../runtime/index.ts'
import type { Endpoint } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import { SourceError } from './errors.ts'

/**
 * What the first node of the right chain answers. One that fails is left alone for a while, and the next one asked.
 * @throws SourceError `E_NO_ENDPOINT` when none answers; CodedError `E_QUERY` that `ask` threw: the answer is no
 */
export async function askAround<T>(
  endpoints: Endpoints,
  ask: (endpoint: Endpoint) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const failures: string[] = []
  for (const endpoint of inOrder(endpoints)) {
    if (endpoint.chainId === null) await endpoints.probe(endpoint, signal)
    signal.throwIfAborted()
    if (!endpoint.right) {
      failures.push(`${endpoint.alias}: ${endpoint.setAside ?? endpoint.lastError?.message}`)
      continue
    }
    try {
      await endpoint.limiter.admit(1, signal)
      const answer = await ask(endpoint)
      endpoint.succeeded()
      return answer
    } catch (error) {
      if (signal.aborted || (error instanceof CodedError && error.code === 'E_QUERY')) throw error
      endpoint.failed(error)
      failures.push(`${endpoint.alias}: ${(error as Error).message}`)
    }
  }
  throw new SourceError('E_NO_ENDPOINT', `no node answers queries (${failures.join('; ') || 'none is configured'})`)
}

/** Who is not resting first; else in the order of configuration. */
function inOrder({ all }: Endpoints): Endpoint[] {
  return [...all].sort((one, other) => Number(one.resting) - Number(other.resting))
}
