/** `seiche config check|print`: what the configuration is, without running anything. */
import { maskConfig } from '../config/index.ts'
import type { Command } from './command.ts'
import { configure } from './configure.ts'
import { expectPositionals, readLine, SETTING_FLAGS } from './flags.ts'

export const config: Command = {
  summary:
    'check: says whether `seiche start` would take the configuration, and everything that is wrong with it.\n' +
    'print: the configuration in effect as JSON, secrets masked.',
  usage: 'check|print [flags]',
  flags: SETTING_FLAGS,
  run: async (args) => {
    const line = readLine(args, config.flags)
    const [action] = expectPositionals(line, ['check|print'])
    if (action !== undefined && action !== 'check' && action !== 'print')
      line.problems.push(`${action}: got neither check nor print`)
    const resolved = await configure(line, { endpoint: action === 'check' })
    process.stdout.write(
      action === 'check' ? 'the configuration is fine\n' : `${JSON.stringify(maskConfig(resolved), null, 2)}\n`,
    )
    return 0
  },
}
