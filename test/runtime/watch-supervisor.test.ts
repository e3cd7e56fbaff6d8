import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'

function run(blockedFor: number, ...options: string[]) {
  const script = `${import.meta.dirname}/watched-supervisor.ts`
  const child = spawn(process.execPath, [...options, script, `${blockedFor}`], { stdio: ['ignore', 'pipe', 'ignore'] })
  let said = ''
  child.stdout.on('data', (text) => {
    said += text
  })
  return { child, ended: once(child, 'close').then(() => said) }
}

it('[S26] an actor that watches its supervisor is told when that thread stands still', async () => {
  expect(await run(4_000).ended).toBe('stuck\n')
})

it('[S26] nobody is told under a debugger', async () => {
  expect(await run(4_000, '--inspect=127.0.0.1:0').ended).toBe('')
})

it('[S26] a process that was suspended as a whole is not stuck', async () => {
  const { child, ended } = run(500)
  await sleep(300)
  child.kill('SIGSTOP')
  await sleep(3_000)
  child.kill('SIGCONT')
  expect(await ended).toBe('')
})
