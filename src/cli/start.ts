/** `seiche start`: follows real nodes. */
import type { Command } from './command.ts'
import { configure } from './configure.ts'
import { expectPositionals, RESET, readLine, SETTING_FLAGS } from './flags.ts'
import { serve } from './serve.ts'

export const start: Command = {
  summary: 'Indexes a chain from its nodes and serves the events over REST, WebSocket and socket.io.',
  usage: '--rpc URL --contract NAME=ADDRESS [flags]',
  flags: { ...SETTING_FLAGS, ...RESET },
  run: async (args) => {
    const line = readLine(args, start.flags)
    expectPositionals(line, [])
    return await serve(await configure(line, { endpoint: true }), { reset: line.given('reset') })
  },
}
