import { createHash } from 'node:crypto'
import { defineActor } from 'seiche/runtime'

function bug(n) {
  for (let turns = 0; ; turns++) n = (n * 31 + turns) % 1001
}

defineActor(({ boot, generation, inlet, outlet, progress, run }) => {
  const handle = async ({ n, line }) => {
    progress(n + 1)
    if (n === 100 && !boot.killers.includes(n + 1)) bug(n) // the next generation knows of it
    await outlet('hashes').send({ n, hash: createHash('sha256').update(line).digest('hex') })
  }
  run(inlet('lines').each(handle))
  return { generation: () => generation }
})
