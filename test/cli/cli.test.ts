import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { VARIABLES } from '../../src/config/environment.ts'
import { command, get, ready, temporaryFolder } from '../e2e/seiche.ts'

const SEI = resolve(import.meta.dirname, '../recordings/sei')
const WASM = 'wasm14hj2tavq8fpesdwxxcu44rty3hh90vhujrvcmstl4zr3txmfvw9s0phg4d'

interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** Runs the command to its end. */
function run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const cli = resolve(import.meta.dirname, '../../src/cli.ts')
  return new Promise((done) => {
    execFile(process.execPath, [cli, ...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })
}

describe('help', () => {
  it('names every command and exits 0; each command has its own', async () => {
    const { code, stdout, stderr } = await run(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    const commands = [...stdout.matchAll(/^ {2}(\w+) /gm)].map(([, name = '']) => name)
    expect(commands).toEqual([
      'dev',
      'start',
      'replay',
      'devnet',
      'skip',
      'requeue',
      'doctor',
      'backup',
      'restore',
      'config',
    ])
    const helps = await Promise.all(commands.map((name) => run([name, '--help'])))
    expect(helps.map((help) => help.code)).toEqual(commands.map(() => 0))
    for (const [index, name] of commands.entries()) expect(helps[index]?.stdout).toMatch(new RegExp(`^seiche ${name} `))
    for (const flag of [
      '--rpc',
      '--config',
      '--data',
      '--host',
      '--port',
      '--ws-port',
      '--start-height',
      '--reset',
      '--contract',
      '--log',
    ])
      for (const help of helps.slice(0, 3)) expect(help.stdout).toContain(flag)
  })
})

describe('wrong usage exits 2 and says what was meant, without a stack', () => {
  it.each<[string[], string[]]>([
    [[], ['no command given', 'dev, start, replay, devnet, skip, requeue, doctor, backup, restore, config']],
    [['strat'], ['strat: there is no such command. Did you mean "start"?']],
    [['start'], ['chain.endpoints: got nothing', '--rpc']],
    [['dev', '--dialect', 'evm'], ['--dialect: got "evm": expected plain or sei']],
    [['devnet', '--block-time', 'fast'], ['--block-time: got "fast"']],
    [
      ['devnet', '--faults', '{"lagg":1}'],
      ['--faults: ', 'lagg'],
    ],
    [['devnet', '--faults', 'lag'], ['--faults: ']],
    [
      ['start', '--rcp', 'http://a'],
      ['--rcp: there is no such flag. Did you mean "--rpc"?', 'seiche start --help'],
    ],
    [['start', '--rpc', 'http://a', '--port', 'http'], ['control.port: got "http"']],
    [
      ['start', '--rpc', 'http://a', '--contract', WASM],
      ['--contract: got ', 'name=address'],
    ],
    [['start', '--rpc', 'http://a', 'extra'], ['extra: not expected here']],
    [
      ['start', '--rpc', 'http://a', '--host', '0.0.0.0'],
      ['control.host: got "0.0.0.0"', 'SEICHE_ADMIN_TOKEN'],
    ],
    [['start', '--rpc', 'http://a', '--data'], ['--data: got nothing']],
    [['start', '--rpc', 'http://a', '--reset=yes'], ['--reset: got "yes": it takes no value']],
    [['replay'], ['DIR: got nothing']],
    [['replay', SEI, '--pace', 'fast'], ['--pace: got "fast"']],
    [['doctor', '--to', '7'], ['--from, --to: got no --store']],
    [['doctor', '--store', '--to', 'head'], ['--to: got "head"']],
    [['backup'], ['--to: got nothing']],
    [['restore', '--data', 'd'], ['--from: got nothing']],
    [['config', 'explain'], ['explain']],
    [['config', 'check', '--config', 'nowhere.ts'], ['--config nowhere.ts: there is no such file']],
  ])('seiche %j', async (args, expected) => {
    const { code, stdout, stderr } = await run(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^E_CONFIG: /)
    for (const text of expected) expect(stderr).toContain(text)
    expect(stderr).not.toMatch(/\n {4}at /)
  })

  it('an unknown variable of ours too, and every problem at once', async () => {
    const { code, stderr } = await run(['start', '--prot', '1', '--log', 'xml'], { SEICHE_CHAIN_IDD: 'x' })
    expect(code).toBe(2)
    for (const text of [
      '--prot',
      'log.format',
      'SEICHE_CHAIN_IDD: there is no such variable. Did you mean "SEICHE_CHAIN_ID"?',
    ])
      expect(stderr).toContain(text)
  })
})

describe('config', () => {
  it('env tells every setting as a variable, with where it comes from; secrets are masked', async () => {
    const file = join(temporaryFolder(), 'seiche.config.json')
    writeFileSync(file, JSON.stringify({ gateway: { maxSubscriptions: 7 } }))
    const { stdout: text } = await run(
      ['config', 'env', '--config', file, '--port', '4', '--rpc', 'https://u:s3cret@h.example/s3cret'],
      { SEICHE_ADMIN_TOKEN: 'a-token-of-operators', SEICHE_LOG_LEVEL: 'debug' },
    )
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        ...['SEICHE_CONTROL_PORT=4 # flag', 'SEICHE_LOG_LEVEL=debug # environment', '# SEICHE_CHAIN_ID='],
        ...['SEICHE_GATEWAY_MAX_SUBSCRIPTIONS=7 # file', 'SEICHE_GATEWAY_PORT=8081 # default'],
        ...['SEICHE_ADMIN_TOKEN=*** # environment', 'SEICHE_CHAIN_ENDPOINTS=https://h.example/… # flag'],
      ]),
    )
    expect(text.match(/^(# )?SEICHE_/gm)).toHaveLength(Object.keys(VARIABLES).length)
  })

  it('check takes what start would take', async () => {
    expect(await run(['config', 'check', '--rpc', 'http://a'])).toMatchObject({ code: 0, stderr: '' })
    expect((await run(['config', 'check'])).code).toBe(2)
  })

  it('print shows what is in effect, from every source, without secrets', async () => {
    const file = join(temporaryFolder(), 'seiche.config.json')
    writeFileSync(file, JSON.stringify({ contracts: { market: WASM }, control: { port: 1 }, gateway: { port: 2 } }))
    const { code, stdout } = await run(
      ['config', 'print', '--config', file, '--port', '4', '--rpc', 'https://u:s3cret@h.example/s3cret'],
      { SEICHE_GATEWAY_PORT: '3', SEICHE_ADMIN_TOKEN: 's3cret' },
    )
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      chain: { prefix: 'wasm', endpoints: [{ url: 'https://h.example/…' }] },
      contracts: { market: { address: WASM } },
      control: { port: 4 },
      gateway: { port: 3 },
    })
    expect(stdout).not.toContain('s3cret')
  })
})

describe('failure exits 1 with a code and what to do, without a stack', () => {
  const failing = async (args: string[]): Promise<string> => {
    const { code, stderr } = await run([...args, '--log', 'json'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^E_[A-Z_]+: /)
    expect(stderr).not.toMatch(/\n {4}at /)
    return stderr
  }

  it('a folder that is no recording', async () => {
    expect(await failing(['replay', temporaryFolder()])).toMatch(/^E_RECORDING: /)
  })

  it.each([
    ['--port', '--ws-port', 'SEICHE_CONTROL_PORT'],
    ['--ws-port', '--port', 'SEICHE_GATEWAY_PORT'],
  ])('a taken %s: which port, which setting, the next free one', async (flag, other, variable) => {
    const port = await takenPort()
    const stderr = await failing(['replay', SEI, '--data', temporaryFolder(), flag, `${port}`, other, '0'])
    expect(stderr).toMatch(/^E_PORT_TAKEN: /)
    for (const text of [`port ${port} `, flag, variable, 'is free)']) expect(stderr).toContain(text)
  })

  it('a taken --rpc-port', async () => {
    const stderr = await failing(['replay', SEI, '--serve-only', '--rpc-port', `${await takenPort()}`])
    expect(stderr).toMatch(/^E_PORT_TAKEN: .*--rpc-port/)
  })

  it('a data folder that cannot be one', async () => {
    const file = join(temporaryFolder(), 'a-file')
    writeFileSync(file, '')
    expect(await failing(['replay', SEI, '--data', file, '--port', '0', '--ws-port', '0'])).toMatch(
      /^E_READ_ONLY: .*--data/,
    )
  })

  it('a store of a newer version, which is left as it is', async () => {
    const data = temporaryFolder()
    const file = join(data, 'seiche.db')
    const database = new DatabaseSync(file)
    database.exec('PRAGMA user_version = 9999')
    database.close()
    expect(await failing(['replay', SEI, '--data', data, '--port', '0', '--ws-port', '0'])).toMatch(/^E_STORE_NEWER: /)
    expect(existsSync(file)).toBe(true)
  })
})

describe('running', () => {
  it('says ready with its URLs, drains on SIGTERM and on SIGINT, and exits 0', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const running = await ready(['replay', SEI, '--pace', '0', '--data', temporaryFolder()])
      expect(running.http).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
      expect(running.ws).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/)
      expect((await fetch(`${running.http}/livez`)).status).toBe(200)
      expect(await running.kill(signal)).toBe(0)
      expect(running.lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['draining', 'stopped']))
      expect(running.stderr()).toBe('')
    }
  })

  it('a second signal cuts a drain that hangs, and exits 1', async () => {
    const serve = resolve(import.meta.dirname, '../../src/cli/serve.ts')
    const code = `
      const { runUntilSignal } = await import(${JSON.stringify(serve)})
      const hanging = setInterval(() => {}, 1_000)
      const never = () => new Promise(() => {})
      process.exit(await runUntilSignal({ format: 'json', level: 'info' }, async (log) => (log.info('up'), never)))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    for await (const line of createInterface(child.stdout)) {
      const { msg } = JSON.parse(line) as { msg: string }
      if (msg === 'up') child.kill('SIGTERM')
      if (msg !== 'draining') continue
      child.kill('SIGTERM') // the same signal told twice, as to a process group: not a second one
      setTimeout(() => child.kill('SIGTERM'), 500)
    }
    const ended = child.exitCode ?? (await once(child, 'exit'))[0]
    expect(ended).toBe(1)
  })

  it('--reset forgets what the folder held', async () => {
    const data = temporaryFolder()
    const first = await ready(['replay', SEI, '--pace', '0', '--data', data, '--chain-id', 'sei-local-1'])
    await first.kill('SIGTERM')
    writeFileSync(join(data, 'seiche.db'), 'no store of ours, and longer than a header of SQLite would be'.repeat(20))
    const broken = command(['replay', SEI, '--data', data, '--port', '0', '--ws-port', '0', '--log', 'json'])
    expect(await broken.exited).toBe(1)
    const second = await ready(['replay', SEI, '--pace', '0', '--data', data, '--reset'])
    expect((await get(second, '/api/realtime/status')).status).toBe(200)
  })

  it('devnet is the node of a made chain alone; dev goes on with the same chain, and names a chain of another kind', async () => {
    const data = temporaryFolder()
    const node = command(['devnet', '--rpc-port', '0', '--block-time', '50', '--data', data, '--log', 'json'])
    const { rpc, chainId } = await node.line(({ msg }) => msg === 'ready')
    expect(chainId).toBe('seiche-devnet-1')
    const said = async (url: unknown): Promise<{ height: number; digest: string }> =>
      (await (await fetch(`${url}/devnet/said`)).json()) as { height: number; digest: string }
    while ((await said(rpc)).height < 5);
    expect(await node.kill('SIGTERM')).toBe(0)
    const running = await ready(['dev', '--rpc-port', '0', '--block-time', '0', '--data', data])
    const ready1 = await running.line(({ msg }) => msg === 'ready')
    expect((await said(ready1['rpc'])).height).toBeGreaterThanOrEqual(5)
    expect(await running.kill('SIGTERM')).toBe(0)
    const other = await run(['dev', '--dialect', 'plain', '--data', data, '--port', '0', '--ws-port', '0'])
    expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/^E_DEVNET_FOLDER: /)])
  })

  it('--serve-only is the node alone, at the port it prints', async () => {
    const node = command(['replay', SEI, '--serve-only', '--rpc-port', '0', '--pace', '0', '--log', 'json'])
    const { rpc, chainId } = await node.line(({ msg }) => msg === 'ready')
    expect(chainId).toBe('sei-local-1')
    const answer = await fetch(String(rpc), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'status', params: {} }),
    })
    expect(await answer.text()).toContain('sei-local-1')
    expect(await node.kill('SIGTERM')).toBe(0)
  })
})

it('an older Node is told the cause, before anything else is loaded', async () => {
  const guard = resolve(import.meta.dirname, '../../src/config/node-version.ts')
  const code = `import { requireNode } from ${JSON.stringify(guard)}; requireNode('20.19.4'); console.log('let through')`
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((done) =>
    execFile(process.execPath, ['--input-type=module', '-e', code], (_, stdout, stderr) => done({ stdout, stderr })),
  )
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^seiche needs Node 24\.15 or newer, but this is Node 20\.19\.4 /)
})

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
