/** The least that can be served: a Koa app that answers every request with the same small object. */
import type { AddressInfo } from 'node:net'
import Koa from 'koa'

const app = new Koa()
app.use((context) => {
  context.body = { ok: true }
})
const server = app.listen(0, '127.0.0.1', () => {
  process.send?.({ http: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
