import { expect, it } from 'vitest'
import { run } from './collect.ts'
import { loadChain, startNode } from './fake-node.ts'

const chain = loadChain('wasmd2')

it('notices wake the source: between slow polls each block comes by its notice', async () => {
  const node = await startNode(chain, { latest: chain.from })
  const source = run([node], { startHeight: chain.from, pollInterval: 100_000 }, {}, { silence: 100_000 })
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.from && node.subscriptions === 1)
  for (let height = chain.from + 1; height <= chain.from + 10; height += 1) {
    node.advance(height)
    await source.until(({ blocks }) => blocks.at(-1)?.height === height)
  }
  expect(node.calls.filter(({ method }) => method === 'status').length).toBe(1)
})

it('a WebSocket that falls silent is given up, polling goes on, and it is subscribed again', async () => {
  const node = await startNode(chain, { latest: chain.from })
  const source = run([node], { startHeight: chain.from })
  await source.until(() => node.subscriptions === 1)
  node.advance(chain.from + 1)
  await source.until(({ blocks }) => blocks.at(-1)?.height === chain.from + 1)
  node.silent = true
  for (let height = chain.from + 2; height <= chain.from + 6; height += 1) {
    node.advance(height)
    await source.until(({ blocks }) => blocks.at(-1)?.height === height)
  }
  await source.until(() => node.subscriptions > 1)
})

it('a node without WebSocket is followed by polling', async () => {
  const node = await startNode(chain, { latest: chain.from, silent: true })
  const source = run([node], { startHeight: chain.from })
  for (let height = chain.from; height <= chain.from + 5; height += 1) {
    node.advance(height)
    await source.until(({ blocks }) => blocks.at(-1)?.height === height)
  }
})

it('a notice of a height that does not exist is looked up, not believed', async () => {
  const node = await startNode(chain, { latest: chain.from + 1 })
  const source = run([node], { startHeight: chain.from })
  await source.until(({ blocks }) => blocks.length === 2 && node.subscriptions > 0)
  node.advance(chain.to)
  node.latest = chain.from + 2 // the notice said more
  await source.until(({ blocks }) => blocks.length === 3)
  const isAskedFor = (): boolean => node.calls.some(({ params }) => Number(params.height) === chain.from + 3)
  await source.until(() => {
    if (isAskedFor()) return true
    node.advance(chain.from + 3) // again: an answer that was on its way may say less than the notice
    node.latest = chain.from + 2
    return false
  })
  node.advance(chain.from + 3)
  await source.until(({ blocks }) => blocks.length === 4)
  expect(source.statuses.every(({ state }) => state !== 'halted')).toBe(true)
})
