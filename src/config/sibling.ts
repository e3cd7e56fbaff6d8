/**
 * The URL of a module beside `parent` in whatever form that runs: `.ts` from source, `.js` from dist. tsc rewrites
 * import specifiers but no `new URL(…)`, so every URL of a module is made here.
 */
export function sibling(parent: string, name: string): URL {
  return new URL(`${name}${parent.endsWith('.ts') ? '.ts' : '.js'}`, parent)
}
