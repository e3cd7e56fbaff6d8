/** What is wrong with a configuration, in words: where, what was got, what is allowed, what was probably meant. */
import type * as z from 'zod'
import { prefixOf } from '../events/accounts.ts'
import { maskUrl, SECRET } from './mask.ts'
import { didYouMean } from './nearest.ts'
import type { SeicheConfig, schema } from './schema.ts'

/** What can be guessed over the network is no secret, in characters. */
const SHORTEST_TOKEN = 16

/** One sentence for each thing the schema objects to. */
export function schemaProblems(issues: readonly z.core.$ZodIssue[], settings: unknown, shape: typeof schema): string[] {
  return issues.flatMap((issue) => describe(issue, [], settings, shape))
}

/** What only several settings together can get wrong. */
export function crossProblems({ chain, contracts, control, admin }: SeicheConfig): string[] {
  const problems: string[] = []
  const prefix = chain.prefix ?? Object.values(contracts).map(({ address }) => prefixOf(address))[0]
  const names = new Map<string, string>()
  for (const [name, { address }] of Object.entries(contracts)) {
    if (prefixOf(address) !== prefix)
      problems.push(`contracts.${name}: got "${address}": expected an address of this chain, "${prefix}1…"`)
    const other = names.get(address)
    if (other)
      problems.push(`contracts.${name}: got the address of contracts.${other}: expected one name for each address`)
    names.set(address, name)
  }
  const tokens = adminTokens({ admin })
  if (isLoopback(control.host)) return problems
  if (!tokens.length)
    problems.push(
      `control.host: got "${control.host}", which other machines reach: set SEICHE_ADMIN_TOKEN first, or listen on 127.0.0.1`,
    )
  if (tokens.some(({ length }) => length < SHORTEST_TOKEN))
    problems.push(
      `admin: got a token of less than ${SHORTEST_TOKEN} characters, while other machines reach "${control.host}": make each with openssl rand -hex 32`,
    )
  return problems
}

/** Every token that proves an operator. */
export function adminTokens({ admin: { token, tokens } }: Pick<SeicheConfig, 'admin'>): string[] {
  return token === undefined ? tokens : [token, ...tokens]
}

/** True for a host that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
}

/** `chain.endpoints[1].url` */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
}

function describe(issue: z.core.$ZodIssue, at: readonly PropertyKey[], settings: unknown, shape: unknown): string[] {
  const path = [...at, ...issue.path]
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${pathText([...path, key])}: there is no such setting.${meant(key, path, shape)}`)
  const branch = issue.code === 'invalid_union' ? fitting(issue.errors) : undefined
  if (branch) return branch.flatMap((inner) => describe(inner, path, settings, shape))
  const got = valueAt(settings, path)
  const message = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message
  const expected = message?.replace(/^Invalid input: expected (\w+).*$/s, 'expected an $1') ?? ''
  return [`${pathText(path)}: got ${shown(path, got)}: ${expected}${meantUrl(got, expected)}`]
}

/** Of a union's branches the one whose kind of value was given: its objections say more than "none fits". */
function fitting(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  return (
    branches.find((issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0)) ??
    branches[0]
  )
}

function valueAt(settings: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], settings)
}

function shown(path: readonly PropertyKey[], value: unknown): string {
  if (value === undefined) return 'nothing'
  if (path.some((key) => SECRET.test(String(key)))) return 'a secret that is not shown'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  if (typeof value !== 'string') return String(value)
  return JSON.stringify(path.includes('endpoints') || value.includes('://') ? maskUrl(value) : value).slice(0, 200)
}

/** The nearest key of the same section, else the path of the setting that is called so elsewhere. */
function meant(key: string, path: readonly PropertyKey[], shape: unknown): string {
  const near = didYouMean(key, keysOf(sectionAt(shape, path)))
  if (near) return near
  const elsewhere = leaves(shape).find((leaf) => leaf.endsWith(`.${key}`))
  return elsewhere ? ` Did you mean "${elsewhere}"?` : ''
}

function meantUrl(got: unknown, expected: string): string {
  if (typeof got !== 'string' || !expected.includes('https:// URL')) return ''
  const host = got.replace(/^(?:(https?)(?=[:/])|[a-z]+(?=:\/\/))?:?\/*/i, (_, scheme = 'http') => `${scheme}://`)
  return URL.canParse(host) ? `. Did you mean "${maskUrl(host)}"?` : ''
}

/** The part of zod's objects that is walked here. */
interface Walked {
  shape?: Record<string, Walked>
  def?: { innerType?: Walked; options?: Walked[]; element?: Walked; valueType?: Walked }
}

/** The object schema inside defaults, options and unions. */
function objectIn(section: Walked | undefined): Walked | undefined {
  if (!section || section.shape) return section
  const { innerType, options } = section.def ?? {}
  return objectIn(innerType) ?? options?.map(objectIn).find((option) => option?.shape)
}

function sectionAt(shape: unknown, path: readonly PropertyKey[]): Walked | undefined {
  return path.reduce<Walked | undefined>((section, key) => {
    const inner = objectIn(section)
    if (inner?.shape) return inner.shape[String(key)]
    let items = section
    while (items?.def?.innerType) items = items.def.innerType
    return items?.def?.element ?? items?.def?.valueType
  }, shape as Walked)
}

function keysOf(section: Walked | undefined): string[] {
  return Object.keys(objectIn(section)?.shape ?? {})
}

/** Every setting's path, e.g. `chain.id`; lists and contracts count as one. */
export function leaves(shape: unknown, path: readonly string[] = []): string[] {
  const inner = objectIn(sectionAt(shape, path))
  if (!inner?.shape || path.length > 1) return [path.join('.')]
  return Object.keys(inner.shape).flatMap((key) => leaves(shape, [...path, key]))
}
