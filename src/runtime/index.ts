/**
 * `seiche/runtime` (experimental): supervised actors on worker threads. SEMANTICS.md is its contract.
 *
 * - `main/`    runs on the supervising thread: supervision, addresses, the watch over hanging threads
 * - `worker/`  runs in the actor
 * - `shared/`  both: wires, questions, errors, the cell of shared memory
 */
export type { ActorState } from './main/actor.ts'
export { ActorDied, ActorDown, AskTimeout, StartTimeout } from './main/errors.ts'
export type { Hot } from './main/probe.ts'
export type { ActorRef, Asked, AskTiming, Told } from './main/ref.ts'
export type { ActorSpec, SupervisorSpec } from './main/spec.ts'
export { type System, type SystemEvents, type SystemOptions, supervise, type Tree } from './main/system.ts'
export type { ActorBrief, ActorReport, SupervisorReport } from './main/tree.ts'
export type { Ending, EndKind, Verdict } from './main/verdict.ts'
export { CodedError } from './shared/errors.ts'
export { type Inlet, type Outlet, type WireSpec, type Wires, wire } from './shared/wire.ts'
export { conflate } from './worker/conflate.ts'
export { type ActorContext, type Behaviour, defineActor, STOP } from './worker/define-actor.ts'
