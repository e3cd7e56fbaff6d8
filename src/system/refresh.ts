/** Reading everything anew, because somebody asks for it. */
import type { EventEmitter } from 'node:events'
import type { SystemEvents } from './events.ts'
import type { Serving } from './serving.ts'

/**
 * Empties the caches, runs every task that is enabled, and sends the views to those who watch; answers the names of both.
 */
export async function refresh(
  { views: all, hub, caches, polling }: Serving,
  events: EventEmitter<SystemEvents>,
): Promise<readonly string[]> {
  const views = all.names().filter((name) => all.rule(name) !== 'required')
  for (const cache of caches.all().values()) for (const name of views) cache.delete(name)
  for (const name of views) all.read(name)
  hub.refresh()
  const tasks = polling.getAllTasks().filter(({ enabled }) => enabled)
  await Promise.allSettled(tasks.map(({ id }) => polling.runTaskNow(id))) // how each went is in its history
  const names = [...new Set([...views, ...tasks.map(({ id }) => id)])]
  events.emit('refreshed', names)
  return names
}
