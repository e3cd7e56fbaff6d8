/** Talks to a tape as a reader would, with no help from the code under test. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { startTape, type Tape, type TapeOptions } from '../../src/devnet/tape.ts'

const root = resolve(import.meta.dirname, '../..')

/** Every recorded chain: folder, heights, and the part to play where a folder has several. */
export const RECORDINGS = {
  wasmd: { dir: `${root}/examples/recordings/wasmd`, from: 99, to: 252, sei: false },
  wasmd2: { dir: `${root}/test/recordings/wasmd2`, from: 15, to: 192, sei: false },
  sei: { dir: `${root}/test/recordings/sei`, from: 410, to: 480, sei: true },
  'sei/evm, first part': { dir: `${root}/test/recordings/sei/evm`, from: 801, to: 809, sei: true },
  'sei/evm, second part': { dir: `${root}/test/recordings/sei/evm`, from: 955, to: 956, sei: true },
  sei2: { dir: `${root}/test/recordings/sei2`, from: 15, to: 165, sei: true },
  autobahn2: { dir: `${root}/test/recordings/autobahn2`, from: 57, to: 119, sei: true },
} as const

/** A tape that ends with the test. */
export async function tape(options: TapeOptions): Promise<Tape> {
  const started = await startTape(options)
  onTestFinished(() => started.close())
  return started
}

export interface RpcAnswer {
  jsonrpc?: string
  id?: string | number
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely by tests
  result?: any
  error?: { code: number; message: string; data?: string }
}

/** POST of any body. */
export function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
}

/** GET of a path. */
export function get(url: string, path: string): Promise<Response> {
  return fetch(`${url}${path}`)
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely by tests
export async function json(response: Response | Promise<Response>): Promise<any> {
  return await (await response).json()
}

/** One call by POST. */
export async function rpc(url: string, method: string, params: unknown = {}): Promise<RpcAnswer> {
  return await json(post(url, { jsonrpc: '2.0', id: 1, method, params }))
}

/** The lines of a recorded file. */
export function texts(dir: string, file: string): string[] {
  return readFileSync(`${dir}/${file}`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
}

/** The lines of a recorded file, parsed. */
// biome-ignore lint/suspicious/noExplicitAny: recorded answers of many shapes
export function lines(dir: string, file: string): any[] {
  return texts(dir, file).map((line) => JSON.parse(line))
}

export interface Subscriber {
  socket: WebSocket
  // biome-ignore lint/suspicious/noExplicitAny: frames are looked into freely by tests
  frames: any[]
  send(id: number, method: string, query?: string): void
  /** Resolves when `count` frames have come. */
  received(count: number): Promise<void>
}

/** An open WebSocket to a tape. */
export async function connect(url: string): Promise<Subscriber> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/websocket`)
  const frames: unknown[] = []
  socket.on('message', (frame) => frames.push(JSON.parse(String(frame))))
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  return {
    socket,
    frames,
    send: (id, method, query) =>
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params: query === undefined ? {} : { query } })),
    async received(count) {
      while (frames.length < count) await once(socket, 'message')
    },
  }
}
