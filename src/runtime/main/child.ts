/** What a supervisor needs of a child, be it an actor or another supervisor. */
export interface Child {
  readonly name: string
  /** Up, as far as its supervisor is concerned. */
  readonly alive: boolean
  /** It will be started soon: begins what can be done before. */
  prepare(): void
  /** Resolves when it is ready; rejects, with nothing left running, when it can't be. */
  start(): Promise<void>
  /** Resolves when nothing of it runs any more, or its deadline has passed. Never rejects. */
  stop(): Promise<void>
}

/** Told of a child that was up and is not any more, without having been told to stop. */
export type OnDeath = (child: Child, error: Error) => void
