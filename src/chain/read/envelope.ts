import { z } from 'zod'
import { RpcError } from './errors.ts'

/** One answer of a JSON-RPC body. */
export interface Entry {
  /** Null where the server could not tell which request it answers. */
  id: number | null
  result?: Buffer
  error?: unknown
}

const entry = z.object({
  id: z.number().nullable().catch(null).default(null),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
})
const body = z.union([z.array(entry), entry.transform((one) => [one])])

/** Cuts an answer, batch or single, into its entries. */
export function sliceBatch(bytes: Buffer): Entry[] {
  let parsed: z.infer<typeof body>
  try {
    parsed = body.parse(JSON.parse(bytes.toString()))
  } catch (cause) {
    throw new RpcError('E_RPC_MALFORMED', 'the answer is not JSON-RPC, or is cut off', { cause })
  }
  return parsed.map(({ id, result, error }) => ({
    id,
    ...(result == null ? {} : { result: Buffer.from(JSON.stringify(result)) }),
    ...(error == null ? {} : { error }),
  }))
}
