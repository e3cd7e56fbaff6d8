/** `GET /views/:name`: what the channels show, for who does not listen. */
import * as z from 'zod'
import * as answers from '../answers.ts'
import type { ControlDeps } from '../deps.ts'
import { HttpError } from '../errors.ts'
import { API } from '../paths.ts'
import { accountOf, exampleOf } from '../query.ts'
import { type Route, route } from '../route.ts'

/** An address means the same as on the view's channel. */
export function viewRoutes({ views, prefix }: Pick<ControlDeps, 'views' | 'prefix'>): Route[] {
  const addressFor = (name: string, text: string | undefined): string | undefined => {
    const rule = views.rule(name)
    if (rule === 'ignored') return undefined
    if (text === undefined || text === '') {
      if (rule === 'required') throw new HttpError(400, 'address_required', `address: ${name} needs one`)
      return undefined
    }
    const address = accountOf(text, prefix)
    if (!address) throw new HttpError(400, 'invalid_address', `address: expected ${exampleOf(prefix)}`)
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
      handle: ({ params: { name }, query: { address } }) => {
        if (!views.has(name))
          throw new HttpError(404, 'not_found', `there is no such view; there are: ${views.names().join(', ')}`)
        return { view: views.read(name, addressFor(name, address)) }
      },
    }),
  ]
}
