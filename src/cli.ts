#!/usr/bin/env node
/**
 * The command `seiche`. Nothing but the guard is imported before it has spoken: an old Node fails on the imports
 * themselves, in ways that name no cause.
 */
import { requireNode } from './config/node-version.ts'

requireNode()
const { startSteady } = await import('./cli/steady.ts')
if (['start', 'dev', 'replay'].includes(process.argv[2] ?? '')) startSteady() // those that stay
const { enableCompileCache } = await import('node:module')
enableCompileCache() // before anything is compiled: main's own modules are kept as well
const { main } = await import('./cli/main.ts')
process.exit(await main(process.argv.slice(2)))
