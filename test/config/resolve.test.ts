import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { VARIABLES } from '../../src/config/environment.ts'
import {
  ConfigError,
  defineConfig,
  loadConfigFile,
  maskConfig,
  resolveConfig,
  type SeicheConfigInput,
  type Sources,
} from '../../src/config/index.ts'
import { leaves } from '../../src/config/problems.ts'
import { schema } from '../../src/config/schema.ts'

const WASM = 'wasm14hj2tavq8fpesdwxxcu44rty3hh90vhujrvcmstl4zr3txmfvw9s0phg4d'
const OTHER = 'wasm1nc5tatafv6eyq7llkr2gv50ff9e22mnf70qgjlv737ktmt4eswrqr5j2ht'
const SEI = 'sei12fykm2xhg5ces2vmf4q2aem8c958exv3v0wmvrspa8zucrdwjeds2e2ntx'

const resolve = (sources: Sources = {}) => resolveConfig({ env: {}, ...sources })

function problems(sources: Sources): string[] {
  try {
    resolve(sources)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).code).toBe('E_CONFIG')
    return (error as ConfigError).problems
  }
  throw new Error('it was taken')
}

function problemsOf(file: unknown): string[] {
  return problems({ file: file as SeicheConfigInput })
}

describe('precedence', () => {
  it('flag over environment over file over default, for each subset of sources', () => {
    fc.assert(
      fc.property(fc.subarray(['flags', 'env', 'file']), (given) => {
        const config = resolve({
          ...(given.includes('flags') ? { flags: { control: { port: 1 } } } : {}),
          env: given.includes('env') ? { SEICHE_CONTROL_PORT: '2' } : {},
          ...(given.includes('file') ? { file: { control: { port: 3 } } } : {}),
        })
        const expected = given.includes('flags') ? 1 : given.includes('env') ? 2 : given.includes('file') ? 3 : 3000
        expect(config.control.port).toBe(expected)
        expect(config.gateway.port).toBe(8081)
      }),
    )
  })

  it('an undefined flag hides nothing, a list replaces, contracts merge by name', () => {
    const config = resolve({
      flags: { control: { port: undefined }, contracts: { b: OTHER } },
      file: {
        control: { port: 3 },
        chain: { endpoints: ['http://a'] },
        contracts: { a: { address: WASM, startHeight: 7 } },
      },
      env: { SEICHE_CHAIN_ENDPOINTS: 'http://b, http://c' },
    })
    expect(config.control.port).toBe(3)
    expect(config.chain.endpoints.map(({ url }) => url)).toEqual(['http://b', 'http://c'])
    expect(config.contracts).toEqual({ a: { address: WASM, startHeight: 7 }, b: { address: OTHER } })
  })
})

describe('environment', () => {
  it('every setting has its twin, named after its path', () => {
    const names = leaves(schema).map(
      (path) => `SEICHE_${path.replace(/[A-Z]/g, '_$&').replace('.', '_').toUpperCase()}`,
    )
    expect(Object.keys(VARIABLES).toSorted()).toEqual(names.toSorted())
    for (const [name, [path]] of Object.entries(VARIABLES)) expect(names[leaves(schema).indexOf(path)]).toBe(name)
  })

  it('reads numbers, lists, pairs and text', () => {
    const config = resolve({
      env: {
        SEICHE_GATEWAY_PORT: '0',
        SEICHE_CONTRACTS: `market=${WASM},pots=${OTHER}`,
        SEICHE_CHAIN_ID: 'test-1',
        SEICHE_CONTROL_ALLOWED_ORIGINS: 'https://a.example,https://b.example',
      },
    })
    expect(config.gateway.port).toBe(0)
    expect(config.contracts).toEqual({ market: { address: WASM }, pots: { address: OTHER } })
    expect(config.chain).toMatchObject({ id: 'test-1', prefix: 'wasm' })
    expect(config.control.allowedOrigins).toEqual(['https://a.example', 'https://b.example'])
  })

  it('an unknown variable of ours is an error that names the nearest; a foreign one is none of our business', () => {
    expect(problems({ env: { SEICHE_CONTROL_PROT: '1', PATH: '/bin' } })).toEqual([
      'SEICHE_CONTROL_PROT: there is no such variable. Did you mean "SEICHE_CONTROL_PORT"?',
    ])
  })

  it('a secret may stand in a file', () => {
    const file = join(folder(), 'token')
    writeFileSync(file, 'top secret\n')
    expect(resolve({ env: { SEICHE_ADMIN_TOKEN_FILE: file } }).admin.token).toBe('top secret')
    expect(problems({ env: { SEICHE_ADMIN_TOKEN_FILE: `${file}.not` } })[0]).toMatch(/^SEICHE_ADMIN_TOKEN_FILE: /)
  })
})

describe('what is wrong is named: where, what was got, what is allowed, what was meant', () => {
  it.each<[unknown, string]>([
    [{ control: { prot: 1 } }, 'control.prot: there is no such setting. Did you mean "port"?'],
    [{ port: 1 }, 'port: there is no such setting. Did you mean "gateway.port"?'],
    [
      { chain: { endpoints: ['http//rpc.example'] } },
      'chain.endpoints[0]: got "http//rpc.example": expected an http:// or https:// URL. Did you mean "http://rpc.example"?',
    ],
    [
      { chain: { endpoints: [{ url: 'http://a', header: {} }] } },
      'chain.endpoints[0].header: there is no such setting. Did you mean "headers"?',
    ],
    [
      { chain: { endpoints: ['tcp://0.0.0.0:26657'] } },
      'chain.endpoints[0]: got "tcp://0.0.0.0:26657": expected an http:// or https:// URL. Did you mean "http://0.0.0.0:26657"?',
    ],
    [{ gateway: { port: '80' } }, 'gateway.port: got "80": expected a whole number from 0 to 65535'],
    [{ gateway: { port: 65_536 } }, 'gateway.port: got 65536: expected a whole number from 0 to 65535'],
    [{ startHeight: 0 }, 'startHeight: got 0: expected a whole number of 1 or more'],
    [
      { contracts: { market: `${WASM.slice(0, -1)}q` } },
      `contracts.market: got "${WASM.slice(0, -1)}q": expected a bech32 address with a right checksum`,
    ],
    [{ contracts: { 'a b': WASM } }, 'contracts.a b: got '],
    [{ contracts: { a: WASM, b: SEI } }, `contracts.b: got "${SEI}": expected an address of this chain, "wasm1…"`],
    [
      { chain: { prefix: 'sei' }, contracts: { a: WASM } },
      `contracts.a: got "${WASM}": expected an address of this chain, "sei1…"`,
    ],
    [
      { contracts: { a: WASM, b: WASM.toUpperCase() } },
      'contracts.b: got the address of contracts.a: expected one name for each address',
    ],
    [{ app: './app.ts' }, 'app: got "./app.ts": expected \'seimoney\' or a file: URL'],
    [{ log: { format: 'xml' } }, "log.format: got \"xml\": expected 'json' or 'pretty'"],
    [{ chain: null }, 'chain: got null: expected an object'],
    [{ store: { retain: 'some' } }, 'store.retain: got "some": expected \'all\''],
    [
      { control: { allowedOrigins: ['app.example.org'] } },
      'control.allowedOrigins[0]: got "app.example.org": expected an origin',
    ],
    [
      { control: { host: '0.0.0.0' } },
      'control.host: got "0.0.0.0", which other machines reach: set SEICHE_ADMIN_TOKEN first',
    ],
  ])('%j', (file, expected) => {
    const found = problemsOf(file)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(expected)
  })

  it('all of them at once, of every source', () => {
    const found = problems({
      flags: { gateway: { port: -1 } },
      env: { SEICHE_NONSENSE: '1', SEICHE_CONTROL_PORT: 'x' },
      file: { log: { level: 'loud' }, chain: { idd: 'x' } } as unknown as SeicheConfigInput,
    })
    for (const where of ['gateway.port', 'SEICHE_NONSENSE', 'control.port', 'log.level', 'chain.idd'])
      expect(found.some((problem) => problem.startsWith(`${where}: `))).toBe(true)
    expect(found).toHaveLength(5)
  })

  it('no problem shows a secret: not a token, a header, or a key in a URL', () => {
    const found = problemsOf({
      admin: { token: 5_318_008 },
      chain: {
        endpoints: [
          { url: 'ftp://u:s3cret@h.example/s3cret?k=s3cret', headers: { key: ['s3cret'] } },
          'h.example/s3cret',
        ],
      },
    })
    expect(found).toHaveLength(4)
    expect(found.join('\n')).not.toMatch(/s3cret|5318008/)
  })

  it('any typo in the name of a setting names that setting', () => {
    const all = leaves(schema).filter((path) => path.includes('.') && path.length > 8)
    // `token` and `tokens`: a typo of one may be as near to the other.
    const paths = all.filter((path) => !all.some((other) => other !== path && path.startsWith(other)))
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.nat(), (path, at) => {
        const [section = '', field = ''] = path.split('.')
        if (field.length < 4) return
        const cut = at % field.length
        const typo = `${field.slice(0, cut)}${field.slice(cut + 1)}q`
        expect(problemsOf({ [section]: { [typo]: 1 } })).toContain(
          `${section}.${typo}: there is no such setting. Did you mean "${field}"?`,
        )
      }),
    )
  })
})

describe('what is derived', () => {
  it('the app is SeiMoney without a file, none with a file that names none', () => {
    expect(resolve().app).toBe('seimoney')
    expect(resolve({ file: {} }).app).toBeUndefined()
    expect(resolve({ file: { app: 'seimoney' } }).app).toBe('seimoney')
    expect(resolve({ file: { app: new URL('file:///a/app.ts') } }).app).toBe('file:///a/app.ts')
  })

  it('the prefix is that of the contracts, addresses are canonical', () => {
    expect(resolve({ flags: { contracts: { a: SEI.toUpperCase() } } })).toMatchObject({
      chain: { prefix: 'sei' },
      contracts: { a: { address: SEI } },
    })
  })

  it('the start height is the earliest of the contracts when each has one', () => {
    const both = { a: { address: WASM, startHeight: 9 }, b: { address: OTHER, startHeight: 5 } }
    expect(resolve({ file: { contracts: both } }).startHeight).toBe(5)
    expect(resolve({ file: { contracts: { ...both, b: OTHER } } }).startHeight).toBeUndefined()
    expect(resolve({ file: { contracts: both, startHeight: 2 } }).startHeight).toBe(2)
  })

  it('listening beyond loopback is taken with a token', () => {
    expect(
      resolve({ flags: { control: { host: '0.0.0.0' } }, env: { SEICHE_ADMIN_TOKEN: 'x'.repeat(32) } }).control.host,
    ).toBe('0.0.0.0')
  })
})

it('the resolved configuration survives structured clone, as it goes to the workers', () => {
  const config = resolve({
    file: defineConfig({
      chain: { endpoints: ['http://a', { url: 'http://b', headers: { key: 'k' }, requestsPerSecond: 5 }] },
      contracts: { a: WASM, b: { address: OTHER, startHeight: 5 } },
      app: new URL('file:///a/app.ts'),
      admin: { token: 'x' },
    }),
  })
  expect(structuredClone(config)).toEqual(config)
})

it('what is kept of the log can be said in a variable', () => {
  const retain = (SEICHE_STORE_RETAIN: string) => resolve({ env: { SEICHE_STORE_RETAIN } }).store.retain
  expect([retain('all'), retain('days=30'), retain('events=1000')]).toEqual(['all', { days: 30 }, { events: 1_000 }])
  expect(problems({ env: { SEICHE_STORE_RETAIN: 'weeks=2' } })[0]).toContain("expected 'all', { days: 1 or more }")
})

it('what is printed shows no credentials', () => {
  const config = resolve({
    file: {
      chain: { endpoints: [{ url: 'https://u:s3cret@h.example:1/s3cret?s3cret', headers: { key: 's3cret' } }] },
      admin: { token: 's3cret' },
    },
  })
  const printed = JSON.stringify(maskConfig(config))
  expect(printed).not.toContain('s3cret')
  expect(printed).toContain('"url":"https://h.example:1/…"')
})

describe('the config file', () => {
  it.each([
    ['json', '{"control": {"port": 1}}'],
    ['js', 'export default { control: { port: 1 } }'],
    ['ts', 'const config: object = { control: { port: 1 } }\nexport default config'],
  ])('may be .%s', async (kind, text) => {
    const file = join(folder(), `seiche.config.${kind}`)
    writeFileSync(file, text)
    expect(await loadConfigFile(file)).toEqual({ control: { port: 1 } })
  })

  it.each([
    ['missing.ts', undefined, 'there is no such file'],
    ['config.yaml', 'a: 1', 'expected a file that ends in .ts, .js or .json'],
    ['config.json', '{', 'JSON'],
    ['config.js', 'export const config = {}', 'export default defineConfig'],
    ['list.json', '[]', 'export default defineConfig'],
    ['throws.js', 'throw new Error("boom")', 'boom'],
  ])('%s that is none is named', async (name, text, expected) => {
    const file = join(folder(), name)
    if (text !== undefined) writeFileSync(file, text)
    const error = await loadConfigFile(file).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).problems[0]).toContain(`--config ${file}: `)
    expect((error as ConfigError).problems[0]).toContain(expected)
  })
})

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'seiche-config-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}
