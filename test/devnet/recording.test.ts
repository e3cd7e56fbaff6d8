import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadRecording } from '../../src/devnet/recording.ts'
import { startTape } from '../../src/devnet/tape.ts'
import { RECORDINGS } from './client.ts'

describe('loading', () => {
  it.each(Object.entries(RECORDINGS))('%s: heights, chain and dialect', (name, { dir, from, to, sei }) => {
    const recording = loadRecording(dir, { from, to })
    expect(recording).toMatchObject({
      from,
      to,
      chainId: sei ? 'sei-local-1' : 'seimoney-local-1',
      dialect: sei ? 'base64' : 'plain',
      autobahn: name === 'autobahn2',
    })
    expect([...recording.heights.keys()]).toEqual(Array.from({ length: to - from + 1 }, (_, index) => from + index))
  })

  it('names the watched contracts of deploy.json, not the foreign ones', () => {
    const { contracts } = loadRecording(RECORDINGS.wasmd2.dir)
    expect(Object.keys(contracts).sort()).toEqual(['alias', 'groups', 'payments', 'pots', 'risk_escrow', 'vaults'])
    expect(contracts.payments).toBe('wasm14hj2tavq8fpesdwxxcu44rty3hh90vhujrvcmstl4zr3txmfvw9s0phg4d')
    expect(loadRecording(RECORDINGS['sei/evm, first part'].dir, { from: 801 }).contracts).toEqual({})
  })
})

describe('a folder that is no recording is refused with E_RECORDING', () => {
  const evm = RECORDINGS['sei/evm, first part'].dir

  /** A copy of wasmd2 with one file changed. */
  function broken(file: string, change: (lines: string[]) => string[]): string {
    const dir = mkdtempSync(join(tmpdir(), 'recording-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    cpSync(RECORDINGS.wasmd2.dir, dir, { recursive: true })
    const lines = readFileSync(join(dir, file), 'utf8').trimEnd().split('\n')
    writeFileSync(join(dir, file), change(lines).join('\n'))
    return dir
  }

  const without = (index: number) => (lines: string[]) => lines.toSpliced(index, 1)

  it.each([
    ['the folder is missing', () => '/nowhere', /cannot read .*block\.ndjson/],
    [
      'a block is missing',
      () => broken('block.ndjson', without(5)),
      /holds the heights 15–19, 21–192, not all of 15–192/,
    ],
    ['results are missing', () => broken('block_results.ndjson', without(5)), /has no block_results of height 20/],
    [
      'a height stands twice',
      () => broken('block.ndjson', (all) => [...all, all[3] ?? '']),
      /line 179: height 18 stands/,
    ],
    ['a line is cut', () => broken('block.ndjson', ([first = '']) => [first.slice(0, 99)]), /line 1 is not JSON/],
    [
      'an answer is an error',
      () =>
        broken('block.ndjson', () => ['{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error"}}']),
      /no answer with a "result", but .*Internal error/,
    ],
    ['an answer is of another method', () => broken('block.ndjson', () => ['{"n_peers":"0"}']), /unexpected shape/],
    ['a file is empty', () => broken('block.ndjson', () => []), /block\.ndjson is empty/],
    ['deploy.json is no JSON', () => broken('deploy.json', () => ['{']), /deploy\.json is not JSON/],
    [
      'deploy.json is of another chain',
      () => broken('deploy.json', () => ['{"chain_id":"x"}']),
      /is of chain x, the blocks/,
    ],
  ])('%s', async (_name, dir, message) => {
    await expect(startTape({ dir: dir() })).rejects.toMatchObject({
      code: 'E_RECORDING',
      message: expect.stringMatching(message),
    })
  })

  it.each([
    ['two chains in one folder', {}, /801–809, 955–956, not all of 801–956/],
    ['a part across the gap', { from: 805, to: 955 }, /not all of 805–955/],
    ['a part outside', { from: 810 }, /not all of 810–…/],
    ['a part upside down', { from: 809, to: 801 }, /not all of 809–801/],
  ])('%s', (_name, part, message) => {
    expect(() => loadRecording(evm, part)).toThrow(
      expect.objectContaining({ code: 'E_RECORDING', message: expect.stringMatching(message) }),
    )
  })

  it('a chosen start alone plays up to the next gap', () => {
    expect(loadRecording(evm, { from: 805 })).toMatchObject({ from: 805, to: 809 })
    expect(loadRecording(evm, { from: 955 })).toMatchObject({ from: 955, to: 956 })
  })
})
