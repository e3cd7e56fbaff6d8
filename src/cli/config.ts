/** `seiche config check|print|env`: what the configuration is, without running anything. */
import { loadConfigFile, maskConfig, type Origin, originsOf } from '../config/index.ts'
import type { Command } from './command.ts'
import { configure } from './configure.ts'
import { expectPositionals, readLine, SETTING_FLAGS, settingsOf } from './flags.ts'

export const config: Command = {
  summary:
    'check: says whether `seiche start` would take the configuration, and everything that is wrong with it.\n' +
    'print: the configuration in effect as JSON, secrets masked.\n' +
    'env: the same as environment variables, each with where it comes from.',
  usage: 'check|print|env [flags]',
  flags: SETTING_FLAGS,
  run: async (args) => {
    const line = readLine(args, config.flags)
    const [action] = expectPositionals(line, ['check|print|env'])
    if (action !== undefined && !['check', 'print', 'env'].includes(action))
      line.problems.push(`${action}: got none of check, print, env`)
    const resolved = await configure(line, { endpoint: action === 'check' })
    const path = line.value('config')
    const file = path === undefined ? undefined : await loadConfigFile(path)
    process.stdout.write(
      action === 'check'
        ? 'the configuration is fine\n'
        : action === 'print'
          ? `${JSON.stringify(maskConfig(resolved), null, 2)}\n`
          : originsOf(resolved, { flags: settingsOf(line), ...(file ? { file } : {}) })
              .map(variableLine)
              .join(''),
    )
    return 0
  },
}

/** What is not set is a comment: the whole can be kept as a file of variables. */
function variableLine({ variable, value, origin }: Origin): string {
  return value === undefined || value === '' ? `# ${variable}=\n` : `${variable}=${value} # ${origin}\n`
}
