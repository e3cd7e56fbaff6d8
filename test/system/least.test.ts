/** A thread is given what its work needs, and no secret beside: what was never there cannot be read out of a heap or a dump. */
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { resolveConfig } from '../../src/config/index.ts'
import { type ActorSpec, supervise } from '../../src/runtime/index.ts'
import { supervisionTree } from '../../src/tree.ts'
import type { Toy } from '../runtime/actors/toy.ts'

afterEach(() => vi.unstubAllEnvs())

/** What each actor of a configuration is told at its birth. */
async function told(): Promise<{ specs: ActorSpec[]; texts: Record<string, string> }> {
  const specs = new Map<string, ActorSpec>()
  const config = resolveConfig({
    env: { SEICHE_ADMIN_TOKEN: 'one-t0ken', SEICHE_ADMIN_TOKENS: 'more-t0kens' },
    file: { chain: { endpoints: [{ url: 'https://h.example/k3y', headers: { key: 'k3y' } }] } },
  })
  await supervisionTree({
    ...{ config, current: () => config, node: undefined },
    actor: () => ({ ask: { resume: async () => ({ missing: [] }) } }) as never,
    adjust: (name, spec) => {
      specs.set(name, spec)
      return spec
    },
  })
  const texts = await Promise.all(
    [...specs].map(async ([name, { boot }]) => [name, JSON.stringify(await boot?.([]))] as const),
  )
  return { specs: [...specs.values()], texts: Object.fromEntries(texts) }
}

it('no thread is told a token, and keys of nodes only those that ask nodes', async () => {
  const { specs, texts } = await told()
  expect(Object.keys(texts).length).toBe(5)
  expect(Object.values(texts).filter((text) => text.includes('t0ken'))).toEqual([])
  expect(Object.keys(texts).filter((name) => texts[name]?.includes('k3y'))).toEqual(['block-fetcher', 'scheduler'])
  expect(specs.filter(({ env }) => env)).toEqual([])
})

it('a thread has nothing of the environment of the process', async () => {
  vi.stubEnv('SEICHE_ADMIN_TOKEN', 's3cret')
  const children = { toy: { entry: new URL('../runtime/actors/toy.ts', import.meta.url) } }
  const system = supervise({ strategy: 'one_for_one', intensity: 1, period: 1_000, children })
  onTestFinished(() => system.stop())
  await system.start()
  expect((await system.actor<Toy>('toy').ask.environment()).join()).not.toContain('s3cret')
})
