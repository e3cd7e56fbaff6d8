/** Runs a source against nodes and keeps what it hands on. */
import { onTestFinished } from 'vitest'
import type { ScannedBlock, ScannedRange } from '../../src/chain/decode/types.ts'
import { runSource, type SourceOptions, type SourcePorts, type SourceTiming } from '../../src/chain/read/source.ts'
import type { SourceStatus } from '../../src/chain/read/types.ts'
import type { FakeNode } from './fake-node.ts'

export interface Running {
  ranges: ScannedRange[]
  readonly blocks: ScannedBlock[]
  readonly last: SourceStatus | undefined
  statuses: SourceStatus[]
  progress: number[]
  /** Resolves once `wanted` holds. The test's own timeout is the deadline. */
  until(wanted: (running: Running) => unknown): Promise<void>
  stop(): Promise<void>
}

const FAST: Partial<SourceTiming> = {
  silence: 400,
  reconnect: 20,
  notReadyRetry: 5,
  notReadyPatience: 300,
  faultRetry: 50,
  unreachableAfter: 200,
}

/** Starts a source over `nodes`; stopped when the test is over. */
export function run(
  nodes: FakeNode[],
  options: Partial<SourceOptions> = {},
  ports: Partial<SourcePorts> = {},
  timing: Partial<SourceTiming> = {},
): Running {
  const stop = new AbortController()
  const ranges: ScannedRange[] = []
  const statuses: SourceStatus[] = []
  const progress: number[] = []
  const done = runSource(
    {
      endpoints: nodes.map(({ url }) => ({ url })),
      contracts: nodes[0]?.chain.contracts ?? [],
      checkpoint: { height: 0, hash: null, time: null },
      storedChainId: null,
      pollInterval: 25,
      requestDeadline: 300,
      ...options,
    },
    {
      emit: (range) => {
        ranges.push(range)
        return Promise.resolve()
      },
      status: (status) => statuses.push(status),
      progress: (height) => progress.push(height),
      busy: () => undefined,
      signal: stop.signal,
      ...ports,
    },
    { ...FAST, ...timing },
  )
  const failed = new Promise<never>((_, reject) => done.catch(reject))
  const running: Running = {
    ranges,
    statuses,
    progress,
    get blocks() {
      return ranges.flatMap(({ blocks }) => blocks)
    },
    get last() {
      return statuses.at(-1)
    },
    async until(wanted) {
      while (!wanted(running)) {
        if (stop.signal.aborted) throw new Error(`the source was stopped: ${JSON.stringify(statuses.at(-1))}`)
        await Promise.race([new Promise((resolve) => setTimeout(resolve, 10)), failed])
      }
    },
    async stop() {
      stop.abort()
      await done
    },
  }
  onTestFinished(() => running.stop())
  return running
}

/** Heights `from … to`. */
export function heights(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
