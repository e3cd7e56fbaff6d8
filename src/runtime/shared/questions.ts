/** comlink over one dedicated MessagePort: the port itself on both sides, so that releasing it closes it. */
import type { MessagePort } from 'node:worker_threads'
import { type Endpoint, expose, type Remote, transferHandlers, wrap } from 'comlink'
import { flatten, type PlainError, revive } from './plain-error.ts'

interface Thrown {
  value: unknown
}

let replaced = false

/** comlink's own `throw` handler loses `code`, fields and `cause`: ours keeps them. Once per thread. */
function keepErrors(): void {
  if (replaced) return
  replaced = true
  const original = transferHandlers.get('throw')
  if (!original) throw new TypeError('comlink has no "throw" transfer handler: this version of it is not known')
  transferHandlers.set('throw', {
    canHandle: original.canHandle,
    serialize: (thrown) => [flatten((thrown as Thrown).value), []],
    deserialize: (plain) => {
      throw revive(plain as PlainError)
    },
  })
}

/** Answers `questions` on `port`. */
export function answer(questions: object, port: MessagePort): void {
  keepErrors()
  expose(questions, port as unknown as Endpoint)
}

/** Asks over `port`. Never rejects when the other side dies: race it. */
export function asking<Q>(port: MessagePort): Remote<Q> {
  keepErrors()
  return wrap<Q>(port as unknown as Endpoint)
}
