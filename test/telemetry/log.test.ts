import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { maskUrl, maskUrls } from '../../src/telemetry/mask.ts'
import { progressMeter } from '../../src/telemetry/progress.ts'

/** What a logger of `format` writes when it runs `code`. */
function logged(format: string, code: string): Promise<string> {
  const log = resolve(import.meta.dirname, '../../src/telemetry/log.ts')
  const script = `import { createLogger } from ${JSON.stringify(log)}; const log = createLogger({ format: '${format}' }); ${code}`
  return new Promise((done) =>
    execFile(process.execPath, ['--input-type=module', '-e', script], (_, stdout) => done(stdout)),
  )
}

describe('the log', () => {
  it('is one JSON object a line, with the level in words and an ISO time', async () => {
    const line = JSON.parse(await logged('json', `log.info({ http: 'http://127.0.0.1:3000' }, 'ready')`)) as Record<
      string,
      unknown
    >
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      msg: 'ready',
      http: 'http://127.0.0.1:3000',
    })
  })

  it('an error keeps its code and its cause; a stack is shown only for one without a code', async () => {
    const text = await logged(
      'json',
      `log.error({ error: Object.assign(new Error('full', { cause: new Error('why') }), { code: 'E_DISK_FULL' }) }, 'x')`,
    )
    const { error } = JSON.parse(text) as { error: Record<string, unknown> }
    expect(error).toMatchObject({ code: 'E_DISK_FULL', message: 'full', cause: { message: 'why' } })
    expect(error.stack).toBeUndefined()
    expect((error.cause as { stack?: string }).stack).toContain('Error: why')
  })

  it.each(['json', 'pretty'])('%s shows no secret', async (format) => {
    const text = await logged(
      format,
      `log.warn({ token: 's3cret', tokens: ['s3cret'], admin: { tokens: ['s3cret'] }, headers: { key: 's3cret' }, endpoint: { url: 'https://u:s3cret@h.example/s3cret', headers: { key: 's3cret' } },
         error: new Error('GET wss://h.example/s3cret?k=s3cret failed') }, 'asked https://h.example/s3cret')`,
    )
    expect(text).toContain('h.example')
    expect(text).not.toContain('s3cret')
  })
})

it('of any URL only scheme, host and port remain', () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
      const { origin } = new URL(url)
      expect([origin, `${origin}/`, `${origin}/…`]).toContain(
        maskUrl(url).replace(/^[^/]*\/\/[^/]*/, (start) => start.toLowerCase()),
      )
      expect(maskUrls(`asked ${url} twice`)).toMatch(/^asked \S+ twice$/)
    }),
  )
})

it('progress tells share, speed and what is left', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const meter = progressMeter(100)
  vi.advanceTimersByTime(2_000)
  expect(meter(300, 1_100, 50)).toEqual({
    ...{ height: 300, head: 1_100, percent: 20, blocksPerSecond: 100, eventsPerSecond: 25, etaSeconds: 8 },
  })
  vi.advanceTimersByTime(1_000)
  expect(meter(300, 1_100, 50)).toMatchObject({ blocksPerSecond: 0, etaSeconds: null })
  vi.useRealTimers()
})
