/** What people see who start Seiche on a terminal: where everything is, events as they come, and how it goes. */
import { styleText } from 'node:util'
import type { CommittedEvent } from '../events/types.ts'
import type { SeicheSystem } from '../system.ts'
import { showStatus, writeAbove } from '../telemetry/status-line.ts'

/** URLs. */
export interface Addresses {
  http: string
  ws: string
  /** Of the chain's own node, where there is one. */
  rpc?: string
}

/** Event lines in one second; of more only the number is told. */
const MOST_LINES = 10
const SECOND = 1_000
const [CTRL_C, CTRL_D] = ['\x03', '\x04']

/** Whether somebody is there to see it. */
export function isTerminal(format: 'json' | 'pretty' | undefined): boolean {
  return process.stdout.isTTY === true && !process.env.CI && format !== 'json'
}

/** Colours, where they are wanted: `NO_COLOR` switches them off (https://no-color.org). */
const paint = (style: 'bold' | 'dim' | 'green' | 'yellow' | 'cyan', text: string): string =>
  styleText(style, text, { stream: process.stdout })

export function bannerOf({ http, ws, rpc }: Addresses): string {
  const lines = [
    ['Dashboard', http],
    ['REST', `${http}/api/realtime/status`],
    ['WebSocket', ws],
    ['socket.io', http],
    ...(rpc ? [['Chain', rpc]] : []),
  ]
  const rows = lines.map(([name = '', url = '']) => `  ${paint('dim', name.padEnd(9))}  ${paint('cyan', url)}\n`)
  return `\n  ${paint('bold', 'Seiche')} is running\n\n${rows.join('')}\n`
}

export function eventLine(
  { type, contract, height, id }: Pick<CommittedEvent, 'type' | 'contract' | 'height' | 'id'>,
  at: Date,
): string {
  return `${paint('dim', at.toTimeString().slice(0, 8))}  ${type.padEnd(24)}  ${contract.padEnd(12)}  block ${height}  ${paint('dim', id)}\n`
}

export function statusOf({ serving, status }: Pick<SeicheSystem, 'serving' | 'status'>): string {
  const { sync, webSocket, cache } = status()
  const head = sync.headHeight === null ? '–' : Math.max(sync.headHeight, sync.indexedHeight)
  const { deliveryP50, eventsPerSecond } = serving.watch.latest()
  const short = (value: number): string => (value < 10 ? value.toFixed(1) : Math.round(value).toString())
  return [
    sync.state === 'live' ? paint('green', '● live') : paint('yellow', `▲ ${sync.state}`),
    `head ${head}`,
    `committed ${sync.indexedHeight}`,
    ...(deliveryP50 === null ? [] : [`lag ${short(deliveryP50)} ms`]),
    `${short(eventsPerSecond ?? 0)} events/s`,
    `${webSocket.connectedClients} clients`,
    `${Math.round(100 * cache.hitRate)} % cache hits`,
    paint('dim', 'q ends'),
  ].join('  ')
}

/** Shows it until the answer is called. */
export function openTerminal(system: SeicheSystem, at: Addresses): () => void {
  const { events } = system
  let lines = 0
  const published = (committed: readonly CommittedEvent[]): void => {
    for (const event of committed)
      if (++lines <= MOST_LINES) writeAbove(() => process.stdout.write(eventLine(event, new Date())))
  }
  const look = (): void => {
    const more = lines - MOST_LINES
    if (more > 0) writeAbove(() => process.stdout.write(paint('dim', `          and ${more} more events\n`)))
    lines = 0
    showStatus(statusOf(system))
  }
  writeAbove(() => process.stdout.write(bannerOf(at)))
  events.on('published', published)
  const timer = setInterval(look, SECOND)
  const endKeys = listenToKeys()
  return () => {
    clearInterval(timer)
    events.off('published', published)
    endKeys()
    showStatus('')
  }
}

/** `q`, Ctrl-C and Ctrl-D end it as a signal does: no key waits for Enter. */
function listenToKeys(): () => void {
  const { stdin } = process
  if (!stdin.isTTY) return () => undefined
  const pressed = (key: Buffer): void => {
    if (['q', 'Q', CTRL_C, CTRL_D].includes(key.toString())) process.kill(process.pid, 'SIGINT')
  }
  stdin.setRawMode(true)
  stdin.on('data', pressed)
  stdin.resume()
  return () => {
    stdin.off('data', pressed)
    stdin.setRawMode(false)
    stdin.pause()
  }
}
