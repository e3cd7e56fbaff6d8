/** `seiche dev`: everything on one machine, with a chain of its own. */
import { chainFolder, devnetContracts } from '../devnet/settings.ts'
import type { Command } from './command.ts'
import { configure } from './configure.ts'
import { CHAIN_FLAGS, chainOf, forgetChain } from './devnet.ts'
import { expectPositionals, RESET, readLine, SETTING_FLAGS } from './flags.ts'
import { serve } from './serve.ts'

export const dev: Command = {
  summary: 'Makes a chain on which SeiMoney’s contracts and their users live, indexes it and serves its events.',
  usage: '[flags]',
  flags: { ...CHAIN_FLAGS, ...SETTING_FLAGS, ...RESET },
  run: async (args) => {
    const line = readLine(args, dev.flags)
    expectPositionals(line, [])
    const chain = chainOf(line)
    const load = (version: number) => configure(line, { contracts: devnetContracts(chain.dialect), version })
    const config = await load(0)
    const folder = chainFolder(config.store.path)
    const reset = line.given('reset')
    if (reset) forgetChain(folder)
    const path = line.value('config')
    return await serve(config, { reset, node: { ...chain, folder }, ...(path ? { saved: { path, load } } : {}) })
  },
}
