/** What an operator does: says what it will do, asks once, shows the answer. The token stays in memory. */
import { html, useEffect, useRef, useState } from './preact.js'

let token = ''

/** What proves an operator; empty until somebody gave it. */
export const operatorToken = () => token

export const setToken = (given) => {
  token = given.trim()
}

/** A call of REST, below the page's own address. Answers status and body, as far as it is JSON. */
export async function call(method, path, body) {
  const answer = await fetch(new URL(path, document.baseURI), {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  try {
    return { status: answer.status, body: JSON.parse(text) }
  } catch {
    return { status: answer.status, body: text }
  }
}

/** Asks for what is in `wanted`: `{ effect, path }`. */
export function Confirm({ wanted, done }) {
  const dialog = useRef()
  const [answer, setAnswer] = useState()
  const [needsToken, setNeedsToken] = useState(false)
  useEffect(() => {
    setAnswer(undefined)
    if (wanted) dialog.current.showModal()
  }, [wanted])
  const go = async (event) => {
    event.preventDefault()
    try {
      const { status, body } = await call('POST', `api/realtime/${wanted.path}`, {})
      setNeedsToken(status === 401)
      setAnswer(
        body.ok ? body.message : `${body.error?.code}: ${body.error?.message} (request ${body.error?.requestId})`,
      )
    } catch {
      setAnswer('the server was not reached: nothing was done')
    }
  }
  return html`<dialog ref=${dialog} onClose=${done} aria-labelledby="confirm-title">
    <h2 id="confirm-title">${wanted?.effect}</h2>
    <form onSubmit=${go}>
      ${needsToken && html`<${TokenField} />`}
      <p role="status">${answer}</p>
      <div class="row">
        <button class="main" type="submit">${answer ? 'again' : 'do it'}</button>
        <button type="button" onClick=${() => dialog.current.close()}>${answer ? 'close' : 'cancel'}</button>
      </div>
    </form>
  </dialog>`
}

export const TokenField = () =>
  html`<p><label>operator's token <input type="password" autocomplete="off" onInput=${({ target }) => setToken(target.value)} /></label></p>`
