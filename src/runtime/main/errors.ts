/** Why a question was not answered, or a system not started. */
import { CodedError } from '../shared/errors.ts'
import type { Ending, EndKind } from './verdict.ts'

/** Thrown when the actor died before it answered. What it did of the question is unknown; ask again only if that is harmless. */
export class ActorDied extends CodedError {
  readonly actor: string
  readonly generation: number
  /** For example `event loop blocked` or the error it died of. */
  readonly reason: string
  /** File and line, where that could be had. */
  readonly at: string | undefined
  readonly kind: EndKind

  constructor(actor: string, generation: number, { kind, reason, at }: Ending, cause?: unknown) {
    super(
      'E_ACTOR_DIED',
      `actor "${actor}" #${generation} died: ${reason}${at ? ` at ${at}` : ''}`,
      cause ? { cause } : {},
    )
    this.actor = actor
    this.generation = generation
    this.reason = reason
    this.at = at
    this.kind = kind
  }
}

/** Thrown when the actor was not up within the question's deadline. Nothing was asked; ask again later. */
export class ActorDown extends CodedError {
  constructor(actor: string, state: string) {
    super('E_ACTOR_DOWN', `actor "${actor}" is ${state}; ask again when it is up`)
  }
}

/** Thrown when a living actor did not answer within the deadline. What it did of the question is unknown. */
export class AskTimeout extends CodedError {
  constructor(actor: string, question: string, milliseconds: number) {
    super('E_ASK_TIMEOUT', `actor "${actor}" did not answer ${question}() within ${milliseconds} ms`)
  }
}

/** Thrown when an actor did not become ready within `startWithin`. */
export class StartTimeout extends CodedError {
  constructor(actor: string, milliseconds: number) {
    super('E_START_TIMEOUT', `actor "${actor}" was not ready within ${milliseconds} ms`)
  }
}
