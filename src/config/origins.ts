/** Where each setting in effect comes from, as variables: `seiche config env`. */
import { environment, VARIABLES } from './environment.ts'
import { maskConfig } from './mask.ts'
import type { Settings, Sources } from './resolve.ts'
import type { SeicheConfig } from './schema.ts'
import { valueAt } from './update.ts'

export interface Origin {
  /** The variable that sets it. */
  variable: string
  /** As the variable would say it; secrets are masked; undefined where nothing is set. */
  value: string | undefined
  origin: 'flag' | 'environment' | 'file' | 'default'
}

/** Every setting of `config`, which was resolved from these sources. */
export function originsOf(config: SeicheConfig, { flags = {}, env = process.env, file }: Sources): Origin[] {
  const { settings } = environment(env)
  const shown = maskConfig(config) as Settings
  return Object.entries(VARIABLES).map(([variable, [path]]) => ({
    variable,
    value: textOf(valueAt(shown, path)),
    origin: isSet(flags, path)
      ? 'flag'
      : isSet(settings, path)
        ? 'environment'
        : isSet((file ?? {}) as Settings, path)
          ? 'file'
          : 'default',
  }))
}

function isSet(settings: Settings, path: string): boolean {
  return valueAt(settings, path) !== undefined
}

/** As {@link VARIABLES} read it: lists with commas, contracts and retention as `name=value`. */
function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (Array.isArray(value)) return value.map((each) => each?.url ?? each).join(',')
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, each]) => `${name}=${(each as { address?: string })?.address ?? each}`)
    .join(',')
}
