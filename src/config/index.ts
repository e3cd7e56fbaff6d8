/** The configuration: one schema, read from flags, environment and a file. */
export { ConfigError } from './errors.ts'
export { type ListenAt, listen } from './listen.ts'
export { maskConfig } from './mask.ts'
export { didYouMean } from './nearest.ts'
export { isLoopback } from './problems.ts'
export { loadConfigFile, resolveConfig, type Settings, type Sources } from './resolve.ts'
export { defineConfig, type SeicheConfig, type SeicheConfigInput } from './schema.ts'
export { type ConfigUpdate, updateConfig } from './update.ts'
