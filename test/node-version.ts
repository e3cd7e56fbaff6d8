import { requireNode } from '../src/config/node-version.ts'

/** Names the cause when somebody runs vitest past npm and so on the machine's own, older Node. */
export default function setup(): void {
  requireNode()
}
