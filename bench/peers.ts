/** Peers that the product does not need: bench/package.json has them, and they are installed when first asked for. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const here = import.meta.dirname

/** A module of a package of bench/package.json. */
export async function peer<T>(module: string): Promise<T> {
  if (!existsSync(join(here, 'node_modules', '.package-lock.json')))
    execFileSync('npm', ['ci', '--no-fund', '--no-audit'], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] })
  return (await import(module)) as T
}
