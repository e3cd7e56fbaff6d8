// Hashes lines on threads of their own. One line makes the hasher hang: it is found, named, replaced, and no line is lost.
import { setTimeout as sleep } from 'node:timers/promises'
import { supervise, wire } from 'seiche/runtime'

const lines = Array.from({ length: 200 }, (_, n) => `line ${n}`)
const done = [] // what is durable: here memory, in real life a database
const entry = (name) => new URL(`./${name}.js`, import.meta.url)

const system = supervise(
  {
    strategy: 'rest_for_one', // consumers first: who dies takes those after it along
    intensity: 5,
    period: 60_000,
    children: {
      hasher: {
        entry: entry('hasher'),
        stallAfter: 500,
        boot: (deaths) => ({ killers: deaths.map((d) => d.progress[0]) }),
      },
      reader: { entry: entry('reader'), boot: () => ({ lines, from: done.length }) }, // the checkpoint
    },
  },
  {
    wires: {
      lines: wire()({ from: 'reader', to: 'hasher', credit: 8 }),
      hashes: wire()({ from: 'hasher', to: 'main', credit: 8 }),
    },
  },
)

system.on('down', ({ actor, reason, at }) => console.log(`${actor} died: ${reason} at ${at}`))
await system.start()

void system.inlet('hashes').each(({ n, hash }) => {
  if (n === done.length) done.push(hash) // else it came before the restart already
})
while (done.length < lines.length) await sleep(10)
console.log(`${done.length} of ${lines.length} lines, hasher #${await system.actor('hasher').ask.generation()}`)
await system.stop()
