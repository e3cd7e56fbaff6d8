/** The stable address of an actor: what is asked and told goes to whichever generation lives. */
import type { Actor } from './actor.ts'
import { ActorDied, ActorDown, AskTimeout } from './errors.ts'
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

/** How a question ended for who asked it. */
export interface AskTiming {
  actor: string
  question: string
  outcome: 'ok' | 'error' | 'timeout' | 'died'
  milliseconds: number
}

export interface Heard {
  /** Told of a tell that reached nobody. */
  deadLetter(): void
  /** Told how each question ended. */
  ended(ask: AskTiming): void
}

let asked = 0

export function actorRef<Q>(actor: Actor, { deadLetter, ended }: Heard): ActorRef<Q> {
  const timed = async (question: string, args: unknown[], deadline: number): Promise<unknown> => {
    const begun = performance.now()
    const tell = (outcome: AskTiming['outcome']): void =>
      ended({ actor: actor.name, question, outcome, milliseconds: performance.now() - begun })
    try {
      const answer = await ask(actor, question, args, deadline)
      tell('ok')
      return answer
    } catch (error) {
      tell(error instanceof AskTimeout ? 'timeout' : isDeath(error) ? 'died' : 'error')
      throw error
    }
  }
  const asker = (deadline: number): Asked<Q> =>
    methods((question, args) => timed(question, args, deadline)) as unknown as Asked<Q>
  return {
    ask: asker(ASK_DEADLINE),
    within: (milliseconds) => ({ ask: asker(milliseconds) }),
    tell: methods((question, args) => {
      timed(question, args, ASK_DEADLINE).catch(deadLetter)
    }) as unknown as Told<Q>,
  }
}

function isDeath(error: unknown): boolean {
  return error instanceof ActorDied || error instanceof ActorDown
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
