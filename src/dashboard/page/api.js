/** Every route of REST, from the description that the server gives of itself, to be read and to be run. */
import { call, TokenField } from './actions.js'
import { Panel } from './parts.js'
import { html, useEffect, useState } from './preact.js'

export function Api() {
  const [routes, setRoutes] = useState()
  const load = async () => {
    const { body } = await call('GET', 'openapi.json')
    setRoutes(
      Object.entries(body.paths ?? {}).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
      ),
    )
  }
  return html`<${Panel} id="api" title="API">
    <details onToggle=${({ target }) => target.open && !routes && load()}>
      <summary>every route of REST</summary>
      <p><a href="openapi.json">openapi.json</a></p>
      <form onSubmit=${(event) => event.preventDefault()}><${TokenField} /></form>
      ${routes?.map((route) => html`<${Route} key=${route.method + route.path} ...${route} />`)}
    </details>
  <//>`
}

function Route({ path, method, summary, parameters = [], requestBody }) {
  const [given, setGiven] = useState({})
  const [body, setBody] = useState('{}')
  const [answer, setAnswer] = useState()
  useEffect(() => setAnswer(undefined), [path])
  const run = async (event) => {
    event.preventDefault()
    const asked = parameters.filter(({ name }) => given[name])
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(given[name] ?? ''))
    const query = new URLSearchParams(
      asked.filter((each) => each.in === 'query').map(({ name }) => [name, given[name]]),
    )
    try {
      const sent = method === 'GET' ? undefined : JSON.parse(body)
      const { status, body: got } = await call(method, `${filled.slice(1)}${query.size ? `?${query}` : ''}`, sent)
      setAnswer(`${status}\n${typeof got === 'string' ? got : JSON.stringify(got, null, 2)}`)
    } catch (error) {
      setAnswer(String(error))
    }
  }
  return html`<details>
    <summary><code>${method} ${path}</code> <span class="quiet">${summary}</span></summary>
    <form class="row" onSubmit=${run}>
      ${parameters.map(
        ({ name, required, description }) => html`<label key=${name} title=${description}>${name}${required && ' *'}
        <input value=${given[name] ?? ''} onInput=${({ target }) => setGiven({ ...given, [name]: target.value })} /></label>`,
      )}
      ${requestBody && html`<label>body <input value=${body} onInput=${({ target }) => setBody(target.value)} /></label>`}
      <button class="main" type="submit">${method === 'GET' ? 'run' : 'run: this changes something'}</button>
    </form>
    ${answer && html`<pre>${answer}</pre>`}
  </details>`
}
