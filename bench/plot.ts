/** The results as a page: each ratio on a scale on which its floor and goal stand too. Opens without a server. */
import type { Row } from './table.ts'

export interface Results {
  date: string
  node: string
  cpu: string
  rounds: number
  rows: readonly Row[]
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const times = (ratio: number): string => `${ratio.toFixed(2)}×`

export function page({ date, node, cpu, rounds, rows }: Results): string {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Seiche, measured</title>
<style>
  body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color-scheme: light dark }
  .row { margin: 0.9rem 0 } .row p { margin: 0; display: flex; gap: 1rem; justify-content: space-between }
  .scale { position: relative; height: 0.9rem; background: color-mix(in srgb, currentColor 10%, transparent) }
  .bar, .spread, i { position: absolute; top: 0; bottom: 0 } .bar { left: 0; background: #2a78d6 } .missed .bar { background: #e34948 }
  .spread { top: 40%; bottom: 40%; background: currentColor } i { width: 2px; background: currentColor } i.goal { background: #1baa6c }
  small { opacity: 0.75 }
</style>
<h1>Seiche, measured</h1>
<p>Each figure beside its peer, in turns, in one run; the bar is their ratio, the thin line how far apart the ${rounds} rounds
were, the marks the <b>floor</b> and the <b style="color:#1baa6c">goal</b>. Where a ratio is a cost (≤) shorter is better.
Red: below its floor. ${escaped(date)} · Node ${escaped(node)} · ${escaped(cpu)}. Again: <code>npm run bench</code>.</p>
${rows.map(line).join('\n')}
</html>
`
}

function line(row: Row): string {
  const { name, value, unit, peer, ratio, spread, floor, goal, atMost } = row
  const longest = 1.1 * Math.max(ratio, floor ?? 0, goal ?? 0, spread?.[1] ?? 0)
  const at = (of: number): string => `${((100 * of) / longest).toFixed(1)}%`
  const mark = (of: number | null, kind: string): string =>
    of === null ? '' : `<i class="${kind}" style="left:${at(of)}" title="${kind}: ${atMost ? '≤ ' : ''}${of}×"></i>`
  const missed = floor !== null && (atMost ? ratio > floor : ratio < floor)
  const range = spread
    ? `<span class="spread" style="left:${at(spread[0])};right:calc(100% - ${at(spread[1])})" title="${spread.map(times).join(' – ')}"></span>`
    : ''
  return `<div class="row${missed ? ' missed' : ''}"><p><span>${escaped(name)}</span><b>${times(ratio)}</b></p>
<div class="scale"><span class="bar" style="width:${at(ratio)}"></span>${range}${mark(floor, 'floor')}${mark(goal, 'goal')}</div>
<small>${value.toPrecision(3)} ${escaped(unit)} · ${escaped(peer.name)}: ${peer.value.toPrecision(3)}${atMost ? ' · a cost: less is better' : ''}</small></div>`
}
