import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { RESET, readLine, SETTING_FLAGS, settingsOf } from '../../src/cli/flags.ts'
import { VARIABLES } from '../../src/config/environment.ts'
import { ConfigError, maskConfig, resolveConfig, type SeicheConfigInput, updateConfig } from '../../src/config/index.ts'
import { comparePositions, formatPosition, parsePosition } from '../../src/events/position.ts'
import { openTaskFile } from '../../src/tasks/task-file.ts'
import { damaged, damages, objectOf, text, value } from './arbitrary.ts'
import { holds, PLAN, TIMEOUT } from './round.ts'

/** Either it is done, or every problem is said: nothing else may be thrown. */
function orProblems(work: () => void): void {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    const { problems } = error as ConfigError
    expect(problems.length).toBeGreaterThan(0)
    expect(problems.every((problem) => problem.length > 0)).toBe(true)
  }
}

const tree = fc.record(
  {
    chain: objectOf('id', 'prefix', 'endpoints', 'pollInterval', 'requestDeadline', 'maxRetries'),
    contracts: fc.oneof(value, fc.dictionary(text, objectOf('address', 'startHeight'), { maxKeys: 3 })),
    ...{
      app: value,
      startHeight: value,
      acceptGap: value,
      store: objectOf('path', 'retain', 'batchSize', 'lockPatience', 'minFreeBytes'),
    },
    gateway: objectOf('port', 'maxConnections', 'maxSubscriptions', 'maxMessageBytes', 'maxBufferedBytes'),
    control: objectOf('port', 'host', 'allowedHosts', 'allowedOrigins', 'maxRequestsPerMinute'),
    polling: objectOf('maxConcurrentTasks', 'defaultTimeout', 'retryDelay', 'healthCheckInterval'),
    ...{ admin: objectOf('token'), log: objectOf('format', 'level'), webSocketPort: value, nonsense: value },
  },
  { requiredKeys: [] },
)

/** Sound settings, one of them replaced: what is wrong in one place must not hide behind the rest. */
const ADDRESS = 'wasm1pytelukfdc0c5yu43ka7svuj66xfyn32zuvw22'
const SOUND: Record<string, Record<string, unknown>> = {
  chain: { id: 'test-1', prefix: 'wasm', endpoints: ['http://a:b@127.0.0.1:26657'], pollInterval: 500, maxRetries: 3 },
  contracts: { market: { address: ADDRESS, startHeight: 5 } },
  store: { path: './data', retain: 'all', batchSize: 10 },
  gateway: { port: 8081, maxConnections: 100, maxMessageBytes: 16_384 },
  control: { port: 3000, host: '127.0.0.1', allowedHosts: ['a.example'], allowedOrigins: ['https://a.example'] },
  polling: { maxConcurrentTasks: 3, retryDelay: 1_000 },
  admin: { token: 'x'.repeat(32) },
  log: { format: 'json', level: 'info' },
}
const places = Object.entries(SOUND).flatMap(([section, fields]) =>
  Object.keys(fields).map((field) => ({ section, field })),
)
const likely = fc.oneof(
  value,
  fc.constantFrom<unknown>(
    0,
    1,
    1e15,
    -1,
    0.5,
    65_535,
    65_536,
    '*',
    [],
    ['*'],
    ['http://'],
    ['ftp://a'],
    ['a b'],
    undefined,
  ),
  fc.constantFrom<unknown>(
    { address: ADDRESS.toUpperCase() },
    { address: `${ADDRESS}x` },
    { address: ADDRESS, startHeight: 0 },
  ),
)
const nearlySound = fc.tuple(fc.constantFrom(...places), likely).map(([{ section, field }, other]) => ({
  ...SOUND,
  [section]: { ...SOUND[section], [field]: other },
}))

it('the plan of the long round has 100,000 inputs', () => {
  expect(Object.values(PLAN).reduce((total, each) => total + each)).toBeGreaterThanOrEqual(100_000)
})

it('any tree of settings: a configuration, or its problems; so is any change of one', { timeout: TIMEOUT }, () => {
  const current = resolveConfig({ env: {} })
  holds(fc.oneof({ weight: 4, arbitrary: tree }, { weight: 4, arbitrary: nearlySound }, value), 'config', (any) => {
    orProblems(() => JSON.stringify(maskConfig(resolveConfig({ env: {}, file: any as SeicheConfigInput }))))
    orProblems(() => void updateConfig(current, any as Record<string, unknown>))
  })
  expect(({} as { admin?: unknown }).admin).toBeUndefined()
})

it('any environment', { timeout: TIMEOUT }, () => {
  const names = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...Object.keys(VARIABLES), 'SEICHE_ADMIN_TOKEN_FILE') },
    text.map((any) => `SEICHE_${any}`),
  )
  holds(fc.dictionary(names, text, { maxKeys: 6 }), 'environment', (env) =>
    orProblems(() => void resolveConfig({ env })),
  )
})

it('any command line: what is wrong stands in its problems', { timeout: TIMEOUT }, () => {
  const flags = { ...SETTING_FLAGS, ...RESET }
  const flag = fc.oneof(fc.constantFrom(...Object.keys(flags)), text).map((name) => `--${name}`)
  const argument = fc.oneof(
    flag,
    text,
    fc.tuple(flag, text).map(([name, given]) => `${name}=${given}`),
    fc.constant('--'),
  )
  holds(fc.array(argument, { maxLength: 8 }), 'flags', (args) => {
    const line = readLine(args, flags)
    const settings = settingsOf(line)
    expect(line.problems.every((problem) => typeof problem === 'string')).toBe(true)
    orProblems(() => void resolveConfig({ env: {}, flags: settings }))
  })
})

it('any text: a position that is written again as it was read, or none', { timeout: TIMEOUT }, () => {
  const likely = fc.array(fc.oneof(fc.nat(2 ** 31).map(String), fc.constantFrom('block', '', '-', '01')), {
    maxLength: 4,
  })
  holds(
    fc.oneof(
      text,
      likely.map((words) => words.join('-')),
    ),
    'positions',
    (any) => {
      const position = parsePosition(any)
      if (position) {
        expect(comparePositions(formatPosition(position), any)).toBe(0)
        expect(Object.values(position).every(Number.isSafeInteger)).toBe(true)
      } else expect(() => comparePositions(any, any)).toThrow(RangeError)
    },
  )
})

it('any tasks.json: tasks begin anew from what cannot be read, and it is said', { timeout: TIMEOUT }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'seiche-fuzz-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const record = objectOf('enabled', 'lastRun', 'nextRun', 'runCount', 'errorCount', 'failures', 'lastError', 'history')
  const file = fc.record({ version: fc.constant(1), tasks: fc.dictionary(text, record, { maxKeys: 3 }) })
  const content = fc.oneof(file, value).map((any) => JSON.stringify(any))
  holds(fc.tuple(content, fc.oneof(fc.constant([]), damages)), 'tasks', ([sound, each]) => {
    writeFileSync(join(folder, 'tasks.json'), damaged(sound, each))
    const warnings: string[] = []
    const { records } = openTaskFile({ folder, current: () => new Map(), warn: (said) => warnings.push(said) })
    expect(records.size === 0 || warnings.length === 0).toBe(true)
  })
})
