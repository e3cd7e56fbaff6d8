/** An app with tasks; the query of its URL says which. */
import { type AppTask, defineApp, plainApp } from '../../../src/events/app.ts'

const task = (id: string, run: AppTask['run'], more: Partial<AppTask> = {}): AppTask => ({
  ...{ id, name: id, interval: 3_600_000, priority: 'medium', timeout: 5_000, run },
  ...more,
})
let touched = 0

const tasks: Record<string, AppTask> = {
  looks: task('looks', async ({ read, view, cache, contracts }) => {
    const { height } = read((_, asOf) => asOf)
    cache.set('system', 'looked', { height }, { tags: ['seen'] })
    return { height, contracts, view: view('blockchain_events'), cached: cache.get('system', 'looked') }
  }),
  reads: task('reads', async () => ++touched, { refreshOn: ['pots'] }),
  spins: task(
    'spins',
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      for (;;) touched++
    },
    { interval: 300 },
  ),
  deaf: task('deaf', () => new Promise(() => undefined), { interval: 300, timeout: 50 }),
  steady: task('steady', async () => ++touched, { interval: 200, priority: 'low' }),
}

const wanted = new URL(import.meta.url).searchParams.getAll('task')
export default defineApp({ ...plainApp, tasks: async () => wanted.flatMap((id) => tasks[id] ?? []) })
