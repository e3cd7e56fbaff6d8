/** `seiche requeue`: decodes what is in quarantine again, with the app and the code of today. */
import { decodeHit } from '../chain/decode/decode.ts'
import { watch } from '../chain/decode/records.ts'
import { loadApp } from '../events/app.ts'
import { appUrl, watchedContracts } from '../tree.ts'
import type { Command } from './command.ts'
import { configure } from './configure.ts'
import { expectPositionals, readLine, SETTING_FLAGS } from './flags.ts'
import { repair } from './repair.ts'

export const requeue: Command = {
  summary:
    'Decodes the transactions in quarantine again and puts their events in their places. While Seiche does not run.\n' +
    'Clients that are past these places already are not told; joined fields are what is known today.',
  usage: '[flags]',
  flags: SETTING_FLAGS,
  run: async (args) => {
    const line = readLine(args, requeue.flags)
    expectPositionals(line, [])
    const config = await configure(line)
    const app = await loadApp(appUrl(config))
    const contracts = watchedContracts(config)
    const watched = watch(contracts, app)
    const { released, kept } = repair({ path: config.store.path, app, contracts }, (writer) =>
      writer.requeue(({ bytes, dialect, ...hit }) => decodeHit(hit, Buffer.from(bytes).toString(), dialect, watched)),
    )
    process.stdout.write(`${released} decoded and put in their places, ${kept} still in quarantine\n`)
    return kept ? 1 : 0
  },
}
