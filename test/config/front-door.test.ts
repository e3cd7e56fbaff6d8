import { expect, it } from 'vitest'
import { adminTokens, type ConfigError, maskConfig, resolveConfig, type Sources } from '../../src/config/index.ts'

const LONG = 'x'.repeat(16)
const OPEN = { control: { host: '0.0.0.0' } }

function problems(sources: Sources): readonly string[] {
  try {
    resolveConfig({ env: {}, ...sources })
    return []
  } catch (error) {
    return (error as ConfigError).problems
  }
}

it('a token of its own and a list of more prove an operator', () => {
  const env = { SEICHE_ADMIN_TOKEN: 'one', SEICHE_ADMIN_TOKENS: 'two, three' }
  expect(adminTokens(resolveConfig({ env }))).toEqual(['one', 'two', 'three'])
  expect(adminTokens(resolveConfig({ env: {} }))).toEqual([])
})

it('listening beyond loopback is taken with a list of tokens, and refused with an empty one', () => {
  expect(problems({ flags: OPEN, env: { SEICHE_ADMIN_TOKENS: LONG } })).toEqual([])
  expect(problems({ flags: OPEN, env: { SEICHE_ADMIN_TOKENS: '' } })[0]).toContain('set SEICHE_ADMIN_TOKEN first')
})

it.each([{ token: LONG.slice(1) }, { token: LONG, tokens: [LONG, LONG.slice(1)] }])(
  'beyond loopback a token that can be guessed is refused, and not shown',
  (admin) => {
    const found = problems({ flags: OPEN, file: { admin } })
    expect(found).toEqual([expect.stringMatching(/^admin: got a token of less than 16 characters.*openssl rand/)])
    expect(found.join()).not.toContain('xxx')
    expect(problems({ file: { admin } })).toEqual([])
  },
)

it('no token of a list is ever shown', () => {
  const config = resolveConfig({ env: { SEICHE_ADMIN_TOKENS: 's3cret,s3cret2' } })
  expect(maskConfig(config)).toMatchObject({ admin: { tokens: '***' } })
  expect(problems({ file: { admin: { tokens: [LONG, 5_318_008 as never] } } }).join()).not.toContain('5318008')
})

it.each([
  ['2', 2],
  ['false', false],
])('trustProxy may be %s', (given, read) => {
  expect(resolveConfig({ env: { SEICHE_CONTROL_TRUST_PROXY: given } }).control.trustProxy).toBe(read)
})

it.each(['true', '0', '11', '1.5', 'loopback', ''])('trustProxy of %j is refused with what it may be', (given) => {
  expect(problems({ env: { SEICHE_CONTROL_TRUST_PROXY: given } })).toEqual([
    expect.stringMatching(/^control\.trustProxy: got .*: expected false, or how many proxies .* from 1 to 10$/),
  ])
})
