import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { ConfigError, resolveConfig, updateConfig } from '../../src/config/index.ts'
import { accountFromBytes } from '../../src/events/accounts.ts'

const ADDRESS = 'wasm15yk64u7zc9g9k2yr2wmzeva5qgwxps6yvw76s4'
const current = resolveConfig({
  env: {},
  file: { chain: { endpoints: ['https://node.example'] }, contracts: { market: { address: ADDRESS, startHeight: 5 } } },
})

it('what is hot is in the configuration afterwards, what is not is named and left out', () => {
  const { config, applied, needsRestart } = updateConfig(current, {
    ...{ log: { level: 'warn', format: 'json' }, polling: { maxConcurrentTasks: 2 }, store: { path: '/elsewhere' } },
    ...{ control: { allowedHosts: ['a.example'], port: 1 }, gateway: { maxMessageBytes: 5, maxSubscriptions: 6 } },
    contracts: { other: accountFromBytes(Buffer.alloc(20, 7), 'wasm') },
  })
  expect(applied.toSorted()).toEqual([
    'control.allowedHosts',
    'gateway.maxSubscriptions',
    'log.level',
    'polling.maxConcurrentTasks',
  ])
  expect(needsRestart.toSorted()).toEqual([
    'contracts',
    'control.port',
    'gateway.maxMessageBytes',
    'log.format',
    'store.path',
  ])
  expect(config).toEqual({
    ...current,
    control: { ...current.control, allowedHosts: ['a.example'] },
    gateway: { ...current.gateway, maxSubscriptions: 6 },
    log: { ...current.log, level: 'warn' },
    polling: { ...current.polling, maxConcurrentTasks: 2 },
  })
})

it('the configuration as it is, said again, is no change', () => {
  expect(updateConfig(current, current)).toEqual({ config: current, applied: [], needsRestart: [] })
})

it('whatever is asked, either it is an error and nothing is changed, or the result is a configuration as good as any', () => {
  const before = structuredClone(current)
  const value = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom('debug', 'warn', 7, ['https://a.example']))
  const field = fc.constantFrom('level', 'maxConnections', 'port', 'host', 'allowedOrigins', 'retryDelay', 'nothing')
  const section = fc.constantFrom('log', 'gateway', 'control', 'polling', 'chain', 'nothing')
  const change = fc.dictionary(section, fc.dictionary(field, value, { maxKeys: 2 }), { maxKeys: 3 })
  fc.assert(
    fc.property(change, (asked) => {
      try {
        const { config, applied } = updateConfig(current, asked)
        expect(updateConfig(config, {})).toEqual({ config, applied: [], needsRestart: [] })
        if (!applied.length) expect(config).toEqual(current)
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
      }
      expect(current).toEqual(before)
    }),
    { numRuns: 500 },
  )
})

it.each([null, 5, 'text', []])('%j is no change', (asked) => {
  expect(() => updateConfig(current, asked)).toThrow(ConfigError)
})
