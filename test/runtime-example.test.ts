import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

it('the runtime’s example prints what its page says: a hang is named by file and line, and no line is lost', async () => {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' })
  const child = spawn(process.execPath, ['examples/runtime/main.js'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.on('data', (text) => {
    printed += text
  })
  await once(child, 'close')
  const [, shown] = /prints:\n\n```\n([\s\S]*?)```/.exec(readFileSync(`${root}/docs/runtime.md`, 'utf8')) ?? []
  const place = /hasher\.js:\d+/ // the line is best effort: V8 may credit it to the caller
  expect(printed).toMatch(place)
  expect(printed.replace(place, '')).toBe(shown?.replace(place, ''))
})

it('the example has fewer than 60 lines that say something', () => {
  const lines = ['main', 'hasher', 'reader'].flatMap((name) =>
    readFileSync(`${root}/examples/runtime/${name}.js`, 'utf8')
      .split('\n')
      .filter((line) => line.trim()),
  )
  expect(lines.length).toBeLessThan(60)
})
