/** `seiche skip`: leaves out a block that no node gives in a form that can be read. */
import { loadApp } from '../events/app.ts'
import { appUrl, watchedContracts } from '../tree.ts'
import type { Command } from './command.ts'
import { configure } from './configure.ts'
import { expectPositionals, readLine, SETTING_FLAGS } from './flags.ts'
import { repair } from './repair.ts'

export const skip: Command = {
  summary:
    'Leaves out the next height, which cannot be read, and records the gap; or one that is still to be fetched of a contract\n' +
    'that was configured later. While Seiche does not run.',
  usage: '--height N [flags]',
  flags: {
    height: { value: 'N', help: 'the height after the last one indexed, or one of such a history' },
    ...SETTING_FLAGS,
  },
  run: async (args) => {
    const line = readLine(args, skip.flags)
    expectPositionals(line, [])
    const given = line.value('height') ?? ''
    if (!/^[1-9]\d{0,14}$/.test(given)) line.problems.push(`--height: got "${given}": expected a height`)
    const config = await configure(line)
    const log = { path: config.store.path, app: await loadApp(appUrl(config)), contracts: watchedContracts(config) }
    repair(log, (writer) => writer.skip(Number(given), 'skipped by an operator'))
    process.stdout.write(`height ${given} is left out; indexing goes on above it\n`)
    return 0
  },
}
