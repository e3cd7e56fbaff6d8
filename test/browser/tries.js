/** What a page can try against a server. Runs in the browser; every try answers in words what came of it. */
const tries = {
  /** All requests at once: what the page was let see of each answer. */
  ask: (requests) => Promise.all(requests.map(({ url, ...init }) => asked(url, init))),

  /** A form that is sent into a frame, which the page then looks into. */
  async form(url, enctype) {
    const frame = document.createElement('iframe')
    frame.name = `answer to ${enctype}`
    const form = document.createElement('form')
    Object.assign(form, { action: url, method: 'post', enctype, target: frame.name })
    document.body.append(frame, form)
    await loaded(frame, () => form.submit())
    return seen(() => frame.contentWindow.document.body.textContent)
  },

  /** A frame of the server's page. */
  async frame(url) {
    const frame = document.createElement('iframe')
    document.body.append(frame)
    await loaded(frame, () => Object.assign(frame, { src: url }))
    return seen(() => frame.contentWindow.document.body.textContent)
  },

  /** An image, script, stylesheet or object of the server. */
  async embed(tag, url) {
    const element = document.createElement(tag)
    if (tag === 'link') element.rel = 'stylesheet'
    const outcome = loaded(element, () =>
      Object.assign(element, tag === 'link' ? { href: url } : tag === 'object' ? { data: url } : { src: url }),
    )
    document.body.append(element)
    return await outcome
  },

  /** A window of the server's page. */
  async popup(url) {
    const opened = window.open(url)
    if (!opened) return 'no window'
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const what = seen(() => opened.document.body.textContent)
    opened.close()
    return what
  },

  beacon: (url, type) => String(navigator.sendBeacon(url, new Blob(['{}'], { type }))),

  /** The first thing a stream or socket says. */
  stream: (url) => said(new EventSource(url)),
  socket: (url, message) => said(new WebSocket(url), message),

  /** A socket.io client: the first event of the channel, from the start of the log. */
  socketIo: (url, transport, channel) =>
    new Promise((resolve) => {
      const socket = io(url, { forceNew: true, reconnection: false, transports: [transport] })
      const done = (outcome) => {
        socket.close()
        resolve(outcome)
      }
      socket.on('connect_error', () => done('refused'))
      socket.on('event', (frame) => frame.channel === channel && done(`said ${JSON.stringify(frame)}`))
      socket.on('connect', () => socket.emit('subscribe', { channel, since: '0-0-0' }))
    }),

  /** Whether a script that stands in the page runs. */
  inline() {
    const script = document.createElement('script')
    script.textContent = 'window.ran = true'
    document.documentElement.append(script)
    return String(window.ran === true)
  },
}

async function asked(url, init) {
  try {
    const response = await fetch(url, init)
    return response.type === 'opaque' ? 'opaque' : `${response.status} ${await response.text()}`
  } catch {
    return 'unread'
  }
}

function loaded(element, begin) {
  return new Promise((resolve) => {
    element.onload = () => resolve('loaded')
    element.onerror = () => resolve('refused')
    begin()
  })
}

/** A document of another origin is null, or throws when it is looked at. */
function seen(look) {
  try {
    return `saw ${look()}`
  } catch {
    return 'unread'
  }
}

/** `message` is sent at once, and what comes before its answer is left out. */
function said(source, message) {
  return new Promise((resolve) => {
    if (message) source.onopen = () => source.send(JSON.stringify(message))
    source.onerror = () => resolve('refused')
    source.onmessage = ({ data }) => {
      if (message && JSON.parse(data).channel !== message.channel) return
      source.close()
      resolve(`said ${data}`)
    }
  })
}

Object.assign(window, { tries })
