import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** The recorded chains, each with the heights it is played over. */
export const RECORDINGS: Record<'wasmd' | 'wasmd2' | 'sei' | 'sei2', { dir: string; from: number; to: number }> = {
  wasmd: { dir: `${root}/examples/recordings/wasmd`, from: 99, to: 252 },
  wasmd2: { dir: `${root}/test/recordings/wasmd2`, from: 15, to: 192 },
  sei: { dir: `${root}/test/recordings/sei`, from: 410, to: 480 },
  sei2: { dir: `${root}/test/recordings/sei2`, from: 15, to: 165 },
}

export const AUTOBAHN: string = `${root}/test/recordings/autobahn2`
export const SEI_EVM: string = `${root}/test/recordings/sei/evm`
