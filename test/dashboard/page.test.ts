/** The files of the dashboard as they are served: how large, from where, in which colours. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { dashboardRoutes } from '../../src/dashboard/dashboard.ts'

const page = resolve(import.meta.dirname, '../../src/dashboard/page')
const files = await Promise.all(
  dashboardRoutes()
    .filter(({ path }) => path !== '/llms.txt')
    .map(async ({ path, answer }) => {
      const context = { set: () => undefined, vary: () => undefined, acceptsEncodings: () => 'identity' }
      return { path, text: String(await answer(context as never)) }
    }),
)

describe('the page', () => {
  it('is at most 45 kB, packed, with its libraries', () => {
    const packed = files.reduce((sum, { text }) => sum + gzipSync(text, { level: 9 }).length, 0)
    expect(packed).toBeLessThanOrEqual(45_000)
  })

  it('names no address of another server, but for what explains itself', () => {
    const foreign = files
      .filter(({ path }) => !/preact|uplot/.test(path))
      .flatMap(({ path, text }) => (text.match(/https?:\/\/[^\s'"`)…,]+/g) ?? []).map((url) => `${path} ${url}`))
    expect(foreign).toEqual([
      '/dashboard/connection.js https://socket.io/docs/v4/engine-io-protocol',
      '/dashboard/icon.svg http://www.w3.org/2000/svg',
    ])
    const loads = files
      .filter(({ path }) => /preact|uplot/.test(path))
      .filter(({ text }) => /import\(|fetch\(|url\(/.test(text))
    expect(loads).toEqual([])
  })

  it('serves every file that it asks for', () => {
    const served = new Set(files.map(({ path }) => path))
    const asked = files.flatMap(({ path, text }) =>
      path === '/'
        ? [...text.matchAll(/(?:href|src)="(dashboard\/[^"]+)"/g)].map(([, name]) => `/${name}`)
        : path.endsWith('.js')
          ? [...text.matchAll(/from '\.\/([\w.]+)'/g)].map(([, name]) => `/dashboard/${name}`)
          : [],
    )
    expect(asked.filter((path) => !served.has(path))).toEqual([])
    expect(asked.length).toBeGreaterThan(20)
  })
})

/** Text on what it stands on; WCAG 2.2 AA asks for 4.5 to 1 of text, 3 to 1 of lines in a drawing. */
const PAIRS: readonly (readonly [front: string, back: string, least: number])[] = [
  ...['text', 'quiet', 'accent', 'good', 'warn', 'bad'].map((front) => [front, 'panel', 4.5] as const),
  ...[['text', 'back', 4.5] as const, ['on-accent', 'accent', 4.5] as const],
  ...[['series-1', 'panel', 3] as const, ['series-2', 'panel', 3] as const],
]

const css = readFileSync(join(page, 'style.css'), 'utf8')
const THEMES = [
  { theme: 'light', rule: css.slice(0, css.indexOf('}')) },
  { theme: 'dark', rule: /\[data-theme="dark"\] \{([^}]+)\}/.exec(css)?.[1] ?? '' },
]

describe.each(THEMES)('the $theme theme', ({ rule }) => {
  const colours = new Map([...rule.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value]))
  it.each(PAIRS)('%s on %s can be read', (front, back, least) => {
    const [a, b] = [luminance(colours.get(front)), luminance(colours.get(back))]
    expect((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)).toBeGreaterThanOrEqual(least)
  })
})

/** WCAG 2.2, relative luminance. */
function luminance(colour = ''): number {
  const [red = Number.NaN, green = Number.NaN, blue = Number.NaN] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
