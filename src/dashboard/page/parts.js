/** What several panels are made of. */
import { html } from './preact.js'

/** A mark and a word: never a colour alone. */
export const State = ({ kind, children }) =>
  html`<span class=${kind}>${{ good: '●', warn: '▲', bad: '■', quiet: '○' }[kind]} ${children}</span>`

/** `columns`: [heading, how a cell is made of a row, 'number'?]. */
export function Table({ caption, columns, rows, empty = 'none' }) {
  if (!rows.length) return html`<p class="quiet">${empty}</p>`
  return html`<table>
    <caption class="hidden">${caption}</caption>
    <thead><tr>${columns.map(([head, , kind]) => html`<th scope="col" class=${kind}>${head}</th>`)}</tr></thead>
    <tbody>${rows.map(
      (row) =>
        html`<tr key=${row.key}>${columns.map(([, cell, kind], n) =>
          n ? html`<td class=${kind}>${cell(row)}</td>` : html`<th scope="row">${cell(row)}</th>`,
        )}</tr>`,
    )}</tbody>
  </table>`
}

export const Panel = ({ id, title, half, children }) =>
  html`<section class=${half ? 'half' : ''} aria-labelledby=${`${id}-title`} id=${id}>
    <h2 id=${`${id}-title`}>${title}</h2>
    ${children}
  </section>`
