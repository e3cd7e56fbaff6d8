/** `seiche/devnet`: a chain in the box for tests of one's own, and a tape that plays a recorded one. */
export type { Call, Message } from './app/types.ts'
export { type Devnet, type DevnetOptions, startDevnet } from './devnet.ts'
export type { Chance, Faults } from './faults.ts'
export { type DevnetSettings, devnetContracts, runDevnet } from './settings.ts'
export { startTape, type Tape, type TapeOptions } from './tape.ts'
