import type { TaskContext } from '../../../src/events/app.ts'

/** A task named by its module. */
export default ({ contracts }: TaskContext): unknown => {
  return { thread: 'scheduler', contracts, opaque: undefined }
}
