/** `seiche replay DIR`: a recorded chain as the source, played as its node would; or, with `--serve-only`, that node alone. */
import { loadRecording } from '../devnet/recording.ts'
import { startTape } from '../devnet/tape.ts'
import type { Command } from './command.ts'
import { configure } from './configure.ts'
import { portTaken } from './failure.ts'
import { expectPositionals, numberOf, RESET, readLine, SETTING_FLAGS } from './flags.ts'
import { runUntilSignal, serve } from './serve.ts'

/** Fast enough to see events within seconds, slow enough to watch them come. */
const DEFAULT_PACE = 4

export const replay: Command = {
  summary: 'Plays the recorded chain in DIR as a node would, and indexes it.',
  usage: 'DIR [flags]',
  flags: {
    pace: { value: 'X', help: `× recorded speed; 0: all at once (default ${DEFAULT_PACE})` },
    'serve-only': { help: 'only the node, without indexing it' },
    'rpc-port': { value: 'N', help: 'port of the node with --serve-only (default 0: any free one)' },
    ...SETTING_FLAGS,
    ...RESET,
  },
  run: async (args) => {
    const line = readLine(args, replay.flags)
    const [dir = ''] = expectPositionals(line, ['DIR'])
    const pace = numberOf(line, 'pace', { otherwise: DEFAULT_PACE, most: 1_000, fraction: true })
    const port = numberOf(line, 'rpc-port', { otherwise: 0, most: 65_535 })
    const contracts = line.problems.length ? {} : loadRecording(dir).contracts
    const config = await configure(line, { contracts })
    if (!line.given('serve-only')) return await serve(config, { reset: line.given('reset'), node: { dir, pace } })
    return await runUntilSignal(config.log, async (log) => {
      const tape = await startTape({ dir, pace, port }).catch(portTaken)
      const { chainId, from, to } = tape.recording
      log.info({ rpc: tape.url, chainId, from, to }, 'ready')
      return () => tape.close()
    })
  },
}
