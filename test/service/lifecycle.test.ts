import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Lifecycle, type Steps } from '../../src/system/lifecycle.ts'

function lifecycle(failing: Partial<Record<keyof Steps, Error>> = {}): { life: Lifecycle; done: string[] } {
  const done: string[] = []
  const step = (name: keyof Steps) => async (): Promise<void> => {
    await sleep(5)
    if (failing[name]) throw failing[name]
    done.push(name)
  }
  const life = new Lifecycle({
    ...{ initialize: step('initialize'), start: step('start'), stop: step('stop'), end: step('end') },
  })
  return { life, done }
}

describe('a system’s life', () => {
  it('start initializes first; start when running and stop when stopped change nothing', async () => {
    const { life, done } = lifecycle()
    expect(await life.start()).toBe(true)
    expect(await life.start()).toBe(false)
    expect(await life.stop()).toBe(true)
    expect(await life.stop()).toBe(false)
    expect(await life.start()).toBe(true)
    expect(done).toEqual(['initialize', 'start', 'stop', 'start'])
  })

  it('who starts while it is being started waits for the same start', async () => {
    const { life, done } = lifecycle()
    expect(await Promise.all([life.start(), life.start(), life.start()])).toEqual([true, false, false])
    expect(done).toEqual(['initialize', 'start'])
  })

  it('start during a stop and stop during a start are refused', async () => {
    const { life } = lifecycle()
    await life.initialize()
    const starting = life.start()
    await expect(life.stop()).rejects.toMatchObject({ code: 'E_WRONG_STATE' })
    await starting
    const stopping = life.stop()
    await expect(life.start()).rejects.toMatchObject({ code: 'E_WRONG_STATE' })
    await stopping
    expect(life.stage).toBe('stopped')
  })

  it('a start that fails can be tried again', async () => {
    const failing: Partial<Record<keyof Steps, Error>> = { start: new Error('no port') }
    const { life, done } = lifecycle(failing)
    await expect(life.start()).rejects.toThrow('no port')
    expect(life.stage).toBe('stopped')
    delete failing.start
    expect(await life.start()).toBe(true)
    expect(done).toEqual(['initialize', 'start'])
  })

  it('shutdown waits for what is under way, stops, ends, and nothing follows it', async () => {
    const { life, done } = lifecycle()
    await life.initialize()
    const starting = life.start()
    await Promise.all([life.shutdown(), life.shutdown()])
    expect(await starting).toBe(true)
    expect(done).toEqual(['initialize', 'start', 'stop', 'end'])
    await expect(life.start()).rejects.toMatchObject({ code: 'E_WRONG_STATE' })
  })

  it('a start that was only initializing when shutdown came is not begun', async () => {
    const { life, done } = lifecycle()
    const starting = life.start()
    const refused = expect(starting).rejects.toMatchObject({ code: 'E_WRONG_STATE' })
    await life.shutdown()
    await refused
    expect(done).toEqual(['initialize', 'end'])
  })
})
