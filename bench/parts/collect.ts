/** Makes a process of a bench collect its garbage when it is told `{collect}`, so that what it holds is what it needs. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

process.on('message', (message: { collect?: true }) => {
  if (!message.collect) return
  collect()
  process.send?.({ collected: true })
})
