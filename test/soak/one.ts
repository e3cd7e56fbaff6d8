/** One round, in a process of its own: is told what is asked by its argument, and says what became of it. */
import { type Asked, round } from './round.ts'

process.on('disconnect', () => process.exit(1)) // nobody is left who would listen
const outcome = await round(JSON.parse(process.argv[2] ?? '') as Asked)
process.send?.(outcome, () => process.exit(0))
