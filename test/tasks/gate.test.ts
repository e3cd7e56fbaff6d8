import { setTimeout as sleep } from 'node:timers/promises'
import Bottleneck from 'bottleneck'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createGate, type Gate, type GateOptions } from '../../src/tasks/gate.ts'

function gate(options: GateOptions): Gate {
  const made = createGate(options)
  onTestFinished(() => made.close())
  return made
}

it('lets through so many at the same time, the important first, and of equals who came first', async () => {
  const two = gate({ slots: 2 })
  const order: string[] = []
  let most = 0
  const ends: (() => void)[] = []
  const job = (name: string) => async (): Promise<void> => {
    order.push(name)
    most = Math.max(most, two.running)
    await new Promise<void>((resolve) => ends.push(resolve))
  }
  two.enter('low', job('first'))
  two.enter('low', job('second'))
  await expect.poll(() => two.running).toBe(2)
  for (const [n, priority] of (['low', 'medium', 'high', 'medium', 'high'] as const).entries())
    two.enter(priority, job(`${priority} ${n}`))
  await sleep(300) // Bottleneck takes them in one by one
  expect(two.waiting).toBe(5)
  for (let ended = 1; ended <= 7; ended++) {
    await expect.poll(() => ends.length).toBeGreaterThan(0)
    ends.shift()?.()
    await expect.poll(() => order.length + two.running).toBeGreaterThanOrEqual(Math.min(7, ended + 2))
  }
  expect(order.slice(2)).toEqual(['high 2', 'high 4', 'medium 1', 'medium 3', 'low 0'])
  expect(most).toBe(2)
})

it('a limiter that lets nobody through is replaced, and everybody who waited runs, once', async () => {
  const stuck: (() => unknown)[] = []
  const schedule = vi.spyOn(Bottleneck.prototype, 'schedule').mockImplementation((_, job) => {
    stuck.push(job as () => unknown)
    return new Promise(() => undefined)
  })
  onTestFinished(() => schedule.mockRestore())
  let rebuilt = 0
  const held = gate({ slots: 1, patience: 100, onRebuilt: () => rebuilt++ })
  const order: number[] = []
  for (const n of [1, 2, 3]) held.enter('medium', async () => void order.push(n))
  schedule.mockRestore()
  await expect.poll(() => order, { timeout: 20_000 }).toEqual([1, 2, 3])
  for (const late of stuck) await late() // the old limiter comes round after all
  expect(order).toEqual([1, 2, 3])
  expect(rebuilt).toBe(1)
})

it('a job that never ends is no reason to replace the limiter, and closing does not wait for it', async () => {
  let rebuilt = 0
  const full = gate({ slots: 1, patience: 40, onRebuilt: () => rebuilt++ })
  full.enter('high', () => new Promise(() => undefined))
  full.enter('high', async () => undefined)
  await expect.poll(() => full.running).toBe(1)
  await sleep(200)
  expect([rebuilt, full.waiting]).toEqual([0, 1])
  full.close()
  expect(full.waiting).toBe(0)
})
