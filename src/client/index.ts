/** The client of Seiche for browsers and Node: one socket, automatic resume, no dependency. */
export { comparePositions } from '../events/position.ts'
export { createClient } from './client.ts'
export type * from './types.ts'
