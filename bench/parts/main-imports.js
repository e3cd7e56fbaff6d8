/**
 * What main imports, from `dist`, and nothing else: as `seiche start` does it, with the same cache of compiled code.
 * JavaScript, since stripping types is none of main's cost.
 */
import { enableCompileCache } from 'node:module'

enableCompileCache()
const from = (name) => import(new URL(`../../dist/src/${name}.js`, import.meta.url).href)
await from('cli/main')
await from('cli/start')
await from('system')
setInterval(() => undefined, 60_000) // it stays until it is ended
process.on('disconnect', () => process.exit())
process.send?.({ imported: true })
