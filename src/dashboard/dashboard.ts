/** The page at `/`: plain files, read once; libraries from their packages. Nothing of it comes from elsewhere. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { PlainRoute } from '../control/plain.ts'

/** As strict as it can be: our own files, our own server, and nothing in the page itself. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "object-src 'none'"],
].join('; ')

const TYPES = {
  txt: 'text/plain',
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
} as const

/** By the name they are asked for. */
const OWN = [
  ...['app.js', 'connection.js', 'format.js', 'panels.js', 'pipeline.js', 'charts.js', 'actions.js', 'events.js'],
  ...['try.js', 'api.js', 'parts.js', 'style.css', 'icon.svg'],
]
const LIBRARIES: Readonly<Record<string, string>> = {
  'preact.js': import.meta.resolve('htm/preact/standalone'),
  'uplot.js': new URL('./uPlot.iife.min.js', import.meta.resolve('uplot')).href,
}

/** Path, below `/`, and file. */
function files(): [path: string, file: URL][] {
  const page = new URL('./page/', import.meta.url)
  return [
    ['/', new URL('./index.html', page)],
    ['/llms.txt', new URL('./llms.txt', import.meta.resolve('seiche/package.json'))],
    ...OWN.map((name): [string, URL] => [`/dashboard/${name}`, new URL(`./${name}`, page)]),
    ...Object.entries(LIBRARIES).map(([name, file]): [string, URL] => [`/dashboard/${name}`, new URL(file)]),
  ]
}

/** The routes of the page. */
export function dashboardRoutes(): PlainRoute[] {
  return files().map(([path, file]) => {
    const type = TYPES[(path === '/' ? 'html' : path.split('.').at(-1)) as keyof typeof TYPES]
    let read: { plain: Buffer; packed: Buffer } | undefined
    return {
      ...{ path, type, statuses: [200], summary: 'The dashboard.' },
      answer: (context) => {
        read ??= packed(readFileSync(file))
        context.set({ 'Content-Security-Policy': CONTENT_SECURITY_POLICY, 'Cache-Control': 'no-cache' })
        context.vary('Accept-Encoding')
        if (context.acceptsEncodings('gzip', 'identity') !== 'gzip') return read.plain
        context.set('Content-Encoding', 'gzip')
        return read.packed
      },
    }
  })
}

function packed(plain: Buffer): { plain: Buffer; packed: Buffer } {
  return { plain, packed: gzipSync(plain, { level: 9 }) }
}
