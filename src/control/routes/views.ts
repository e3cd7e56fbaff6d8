/** `GET /views/:name`: what the channels show, for who does not listen. */
import * as z from 'zod'
import { readAccount } from '../../events/accounts.ts'
import * as answers from '../answers.ts'
import type { ControlDeps } from '../deps.ts'
import { HttpError } from '../errors.ts'
import { API } from '../paths.ts'
import { exampleOf } from '../query.ts'
import { type Route, route } from '../route.ts'

/** An address means the same as on the view's channel. */
export function viewRoutes(deps: Pick<ControlDeps, 'views' | 'prefix' | 'resolveHex'>): Route[] {
  const { views } = deps
  const addressFor = async (name: string, text: string | undefined): Promise<string | undefined> => {
    const rule = views.rule(name)
    if (rule === 'ignored') return undefined
    if (text === undefined || text === '') {
      if (rule === 'required') throw new HttpError(400, 'address_required', `address: ${name} needs one`)
      return undefined
    }
    const address = await readAccount(text, deps)
    if (!address) throw new HttpError(400, 'invalid_address', `address: expected ${exampleOf(deps.prefix)}`)
    return address
  }

  return [
    route({
      method: 'GET',
      path: `${API}/views/:name`,
      summary: 'A view as it is now, with the height it is as of.',
      params: z.strictObject({ name: z.string() }),
      query: z.strictObject({ address: z.string({ error: 'one address' }).optional() }),
      answer: z.strictObject({ view: answers.view }),
      refusals: { 400: ['address_required', 'invalid_address'], 404: ['not_found'] },
      handle: async ({ params: { name }, query: { address } }) => {
        if (!views.has(name))
          throw new HttpError(404, 'not_found', `there is no such view; there are: ${views.names().join(', ')}`)
        return { view: views.read(name, await addressFor(name, address)) }
      },
    }),
  ]
}
