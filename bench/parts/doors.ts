/** The gateway's two doors, and the C program that fills them with clients. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Part } from './measured.ts'

export type DoorName = 'websocket' | 'socketio'

export const LABEL: Record<DoorName, string> = { websocket: 'WebSocket', socketio: 'socket.io' }

/** Calls `use` with the compiled `fanout.c`; where there is no compiler it says so, and measures nothing. */
export async function withFanout<T>(use: (binary: string) => Promise<T[]>): Promise<T[]> {
  const folder = mkdtempSync(join(tmpdir(), 'seiche-bench-'))
  const binary = join(folder, 'fanout')
  try {
    execFileSync('cc', ['-O2', '-o', binary, fileURLToPath(new URL('./fanout.c', import.meta.url))])
    return await use(binary)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    console.error('no C compiler (cc): fan-out is not measured beside its limit')
    return []
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Resolves with the port of a door of `gateway.ts`, and the bytes of one of its events there. */
export const opened = async (gateway: Part, door: DoorName): Promise<{ port: number; bytes: number }> =>
  await gateway.message((message) => {
    const { [door]: port, bytes } = message as { [name in DoorName]?: number } & { bytes?: Record<DoorName, number> }
    return port && bytes ? { port, bytes: bytes[door] } : undefined
  })
