/** The stable address of an actor: what is asked and told goes to whichever generation lives. */
import type { Actor } from './actor.ts'
import { ActorDown, AskTimeout } from './errors.ts'
import type { Life } from './life.ts'

/** How long a question may take unless {@link ActorRef.within} says otherwise, ms. */
export const ASK_DEADLINE = 5_000

/** The questions of `Q`, each answered by a promise. */
export type Asked<Q> = {
  readonly [K in keyof Q as Q[K] extends (...args: never[]) => unknown ? K : never]: Q[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never
}

/** The questions of `Q`, asked without wanting the answer. */
export type Told<Q> = {
  readonly [K in keyof Asked<Q>]: Asked<Q>[K] extends (...args: infer A) => unknown ? (...args: A) => void : never
}

export interface ActorRef<Q> {
  /** Rejects with ActorDied, ActorDown or AskTimeout; else with what the actor threw, its class and code kept. Never repeats by itself. */
  readonly ask: Asked<Q>
  /** The same with another deadline, in ms. */
  within(milliseconds: number): { readonly ask: Asked<Q> }
  /** Never throws and never rejects; what reaches nobody is counted as a dead letter. */
  readonly tell: Told<Q>
}

let asked = 0

export function actorRef<Q>(
  actor: Actor,
  deadLetter: (actor: string, question: string, error: unknown) => void,
): ActorRef<Q> {
  const asker = (deadline: number): Asked<Q> =>
    methods((question, args) => ask(actor, question, args, deadline)) as unknown as Asked<Q>
  return {
    ask: asker(ASK_DEADLINE),
    within: (milliseconds) => ({ ask: asker(milliseconds) }),
    tell: methods((question, args) => {
      ask(actor, question, args, ASK_DEADLINE).catch((error: unknown) => deadLetter(actor.name, question, error))
    }) as unknown as Told<Q>,
  }
}

/** An object that answers every method name. `then` is none, or a promise would take the object for one of its kind. */
function methods(call: (question: string, args: unknown[]) => unknown): object {
  return new Proxy(Object.create(null) as object, {
    get: (_, question) =>
      typeof question === 'string' && question !== 'then' ? (...args: unknown[]) => call(question, args) : undefined,
  })
}

function ask(actor: Actor, question: string, args: unknown[], deadline: number): Promise<unknown> {
  const id = ++asked
  return new Promise((resolve, reject) => {
    let life: Life | undefined
    const put = (current: Life): void => {
      life = current
      actor.asks.set(id, { question, since: performance.now(), deadline })
      life.mourners.add(refuse)
      Promise.resolve(life.proxy[question]?.(...args)).then(
        (answer) => {
          answered(current)
          resolve(answer)
        },
        (error: unknown) => {
          answered(current)
          refuse(error)
        },
      )
    }
    /** Also when nobody waits for it any more: until then the actor owes an answer. */
    const answered = (by: Life): void => {
      clearTimeout(timer)
      actor.asks.delete(id)
      by.mourners.delete(refuse)
    }
    const refuse = (error: unknown): void => {
      clearTimeout(timer)
      forget()
      reject(error)
    }
    const forget = whenUp(actor, put)
    const timer = setTimeout(() => {
      refuse(life ? new AskTimeout(actor.name, question, deadline) : new ActorDown(actor.name, actor.state))
    }, deadline)
  })
}

/** Calls `tell` once with the living generation, now or as soon as there is one, unless the answer is called before. */
function whenUp(actor: Actor, tell: (life: Life) => void): () => void {
  const { life, state } = actor
  if (state === 'up' && life) {
    queueMicrotask(() => tell(life))
    return () => undefined
  }
  const unwatch = actor.watch(() => {
    if (actor.state !== 'up' || !actor.life) return
    unwatch()
    tell(actor.life)
  })
  return unwatch
}

/** Resolves with the living generation, now or as soon as there is one. */
export function up(actor: Actor): Promise<Life> {
  return new Promise((resolve) => whenUp(actor, resolve))
}
