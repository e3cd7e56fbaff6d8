import { defineActor } from 'seiche/runtime'

defineActor(({ boot: { lines, from }, outlet, run }) => {
  const read = async () => {
    for (let n = from; n < lines.length; n++) await outlet('lines').send({ n, line: lines[n] })
  }
  run(read())
  return {}
})
