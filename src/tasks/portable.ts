/** Results of tasks on their way between threads. */

/** Stands for a result that cannot cross threads. */
export class Opaque {
  /** What is in the way. */
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

/** The result, when it can cross threads. */
export function portable(result: unknown): unknown {
  if (result instanceof Opaque) return result
  try {
    structuredClone(result)
    return result
  } catch (error) {
    return new Opaque((error as Error).message)
  }
}
