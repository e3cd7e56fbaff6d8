/** The last quarter of an hour, drawn, and as numbers for who does not see the drawing. */
import { bytes, clock, duration, number, percent, short } from './format.js'
import { Panel, Table } from './parts.js'
import { html, useEffect, useRef } from './preact.js'

const CHARTS = [
  { title: 'Events a second', series: [['events/s', 'eventsPerSecond', short]] },
  {
    title: 'Block to client',
    series: [
      ['p50', 'deliveryP50', duration],
      ['p99', 'deliveryP99', duration],
    ],
  },
  {
    title: 'Stages, medians',
    series: [
      ['fetch', 'fetch', duration],
      ['commit', 'commit', duration],
    ],
  },
  { title: 'Blocks behind the head', whole: true, series: [['behind', 'behind', number]] },
  { title: 'Clients', whole: true, series: [['clients', 'clients', number]] },
  { title: 'Bytes a second', series: [['sent', 'bytesPerSecond', bytes]] },
  { title: 'Cache hits', series: [['hits', 'hitRatio', percent]] },
]
/** The second line of a chart is dashed: colours alone say nothing to many. */
const DASHES = [[], [6, 4]]
const SHOWN_AS_NUMBERS = 10
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000, 1_000_000]

export const Charts = ({ columns, history, theme }) =>
  html`<${Panel} id="charts" title="The last 15 minutes">
    <div class="charts">${CHARTS.map(
      (chart) => html`<${Chart} key=${`${chart.title} ${theme}`} ...${chart} columns=${columns} history=${history} />`,
    )}</div>
  <//>`

function Chart({ title, series, whole, columns, history }) {
  const place = useRef()
  const plot = useRef()
  const indexes = [0, ...series.map(([, name]) => columns.indexOf(name))]
  const data = indexes.map((index) => history.map((row) => (index ? row[index] : row[0] / 1_000)))
  useEffect(() => {
    plot.current = draw(place.current, { series, whole }, data)
    const resized = new ResizeObserver(([{ contentRect }]) =>
      plot.current.setSize({ width: contentRect.width, height: 150 }),
    )
    resized.observe(place.current)
    return () => {
      resized.disconnect()
      plot.current.destroy()
    }
  }, [])
  useEffect(() => plot.current?.setData(data), [history.length, history.at(-1)])
  const rows = history.slice(-SHOWN_AS_NUMBERS).reverse()
  return html`<figure aria-label=${title}>
    <figcaption><strong>${title}</strong> <span class="quiet">${series.map(([label], n) => `${n ? '╌╌' : '──'} ${label}`).join('  ')}</span></figcaption>
    <div class="plot" ref=${place} aria-hidden="true"></div>
    <details><summary>as numbers</summary>
      <${Table}
        caption=${title}
        empty="nothing yet"
        rows=${rows.map((row) => ({ key: row[0], row }))}
        columns=${[['time', ({ row }) => clock(row[0])], ...series.map(([label, name, format]) => [label, ({ row }) => format(row[columns.indexOf(name)]), 'number'])]}
      />
    </details>
  </figure>`
}

function draw(place, { series, whole }, data) {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const [text, line] = [colour('--quiet'), colour('--line')]
  const axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line } }
  const [, , format] = series[0]
  return new globalThis.uPlot(
    {
      ...{ width: place.clientWidth || 300, height: 150, legend: { show: false }, cursor: { show: false } },
      scales: { y: { range: (_, least, most) => [Math.min(0, least ?? 0), most || 1] } },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map((tick) => clock(1_000 * tick)), space: 80 },
        { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => format(tick)), ...(whole && { incrs: WHOLE }) },
      ],
      series: [
        {},
        ...series.map(([label], n) => ({
          ...{ label, stroke: colour(`--series-${n + 1}`), width: 2, dash: DASHES[n], points: { show: false } },
        })),
      ],
    },
    data,
    place,
  )
}
