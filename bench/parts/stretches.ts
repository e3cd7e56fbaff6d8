/** For parts that do not follow a chain by themselves: they are told how far it goes. */

/** At each message `{go: height}` calls `index` with what follows the one before, inclusive, one after the other. */
export function eachStretch(index: (from: number, to: number) => Promise<void>): void {
  let next = 1
  let indexed = Promise.resolve()
  process.on('message', ({ go }: { go: number }) => {
    const from = next
    next = go + 1
    indexed = indexed.then(() => index(from, go))
  })
}
