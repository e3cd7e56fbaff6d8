/** The oldest Node with a stable `node:sqlite`, `worker.cpuUsage()` and type stripping. */
const OLDEST = [24, 15] as const

/**
 * Ends the process with status 1 and the cause, when this Node is too old. To be called before anything else is
 * imported: an old Node fails on the imports themselves, in ways that name no cause.
 */
export function requireNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return
  console.error(
    `seiche needs Node ${OLDEST.join('.')} or newer, but this is Node ${version} (${process.execPath}).\n` +
      'Install it from https://nodejs.org, or put it beside seiche with: npm install node@24.21.0\n' +
      'In a checkout, use the npm scripts (npm start, npm test): they find the Node that npm ci installed.',
  )
  process.exit(1)
}
