// A chain made here, its events, and a page that shows them: npm run example examples/browser-plain/start.js
import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import { getRealTimeService } from 'seiche'

const service = getRealTimeService({ webSocketPort: Number(process.env.WS_PORT ?? 8081) })
await service.start()

/** The client as it is in the package; with a bundler it is `import … from 'seiche/client'`. */
const modules = new URL('../', import.meta.resolve('seiche/client'))
const page = createServer(({ url = '/' }, response) => {
  const [, module] = /^\/seiche\/([\w/-]+\.js)$/.exec(url) ?? []
  response.setHeader('Content-Type', module ? 'text/javascript' : 'text/html')
  const file = module ? new URL(module, modules) : new URL('./index.html', import.meta.url)
  createReadStream(file)
    .on('error', () => response.writeHead(404).end())
    .pipe(response)
})
page.listen(Number(process.env.PORT ?? 5173), '127.0.0.1', () => {
  const { webSocket } = service.getSystemStatus()
  console.log(`open http://127.0.0.1:${page.address().port}/?ws=ws://127.0.0.1:${webSocket.port}`)
})
