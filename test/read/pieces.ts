/** Answers that arrive in pieces. */
import { RpcError } from '../../src/chain/read/errors.ts'
import { HttpAnswer } from '../../src/chain/read/http-answer.ts'

/** Reads what came in these pieces, then the end of the connection. */
export function read(pieces: readonly Buffer[], maxBytes = 2 ** 20): HttpAnswer {
  const answer = new HttpAnswer(maxBytes)
  answer.begin()
  for (const piece of pieces)
    for (let at = 0; at < piece.length; ) {
      const count = piece.copy(answer.space(), 0, at)
      answer.take(count)
      at += count
    }
  if (!answer.close()) throw new RpcError('E_RPC_UNREACHABLE', 'cut')
  return answer
}

/** The same bytes cut at these places. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end))
}
