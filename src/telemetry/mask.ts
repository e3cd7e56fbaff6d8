/** URLs of nodes carry keys in their userinfo, path and query: outside of requests only scheme and host are shown. */

const URLS = /\b(https?|wss?):\/\/[^\s"'\\<>)]+/gi

/** `https://user:key@host:1/path?key` → `https://host:1/…`. What is no URL is cut at its first `/`, `?` or `#` too. */
export function maskUrl(text: string): string {
  const [, scheme = '', host = '', rest = ''] = /^([a-z]+:?\/{1,2}|)(?:[^@/?#]*@)?([^/?#]*)(.*)$/is.exec(text) ?? []
  return `${scheme}${host}${rest === '' || rest === '/' ? rest : '/…'}`
}

/** The text with every URL in it masked. */
export function maskUrls(text: string): string {
  return text.replace(URLS, maskUrl)
}
