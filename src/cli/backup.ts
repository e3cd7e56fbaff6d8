/** `seiche backup` and `seiche restore`: the log to a file and back. */
import { backupLog, restoreLog } from '../store/backup.ts'
import type { Command } from './command.ts'
import { configure } from './configure.ts'
import { expectPositionals, type Line, pick, readLine, SETTING_FLAGS } from './flags.ts'

export const backup: Command = {
  summary: 'Copies the store to a file, as of one height, also while Seiche runs. The file appears when it is whole.',
  usage: '--to FILE [flags]',
  flags: { to: { value: 'FILE', help: 'the copy; must not be there yet' }, ...pick(SETTING_FLAGS, ['data', 'config']) },
  run: async (args) => {
    const line = readLine(args, backup.flags)
    const file = fileOf(line, 'to')
    const { store } = await configure(line)
    const { height, bytes } = backupLog(store.path, file)
    process.stdout.write(`everything up to height ${height} is in ${file}, ${bytes} bytes\n`)
    return 0
  },
}

export const restore: Command = {
  summary:
    'Puts a copy that `seiche backup` made into a data folder, once it was found whole. While Seiche does not run there.\n' +
    'Indexing goes on above its last height at the next start.',
  usage: '--from FILE [flags]',
  flags: {
    from: { value: 'FILE', help: 'the copy' },
    ...pick(SETTING_FLAGS, ['data', 'config']),
    reset: { help: 'in the place of the store that is there' },
  },
  run: async (args) => {
    const line = readLine(args, restore.flags)
    const file = fileOf(line, 'from')
    const { store } = await configure(line)
    const { height } = restoreLog(store.path, file, { reset: line.given('reset') })
    process.stdout.write(`the store holds everything up to height ${height}; seiche start goes on above it\n`)
    return 0
  },
}

function fileOf(line: Line, flag: string): string {
  expectPositionals(line, [])
  const file = line.value(flag)
  if (file === undefined && !line.problems.length) line.problems.push(`--${flag}: got nothing: name the file`)
  return file ?? ''
}
