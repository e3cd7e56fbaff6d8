/** What operators are given beside the code names only what is there: alerts, the Grafana dashboard, the runbook. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { ready, temporaryFolder } from '../e2e/seiche.ts'

const read = (file: string): string => readFileSync(resolve(import.meta.dirname, '../../docs', file), 'utf8')
const alerts = [...read('alerts.yml').matchAll(/alert: (\w+)\n\s+expr: (.+)/g)].map(([, name = '', expr = '']) => ({
  name,
  expr,
}))

interface Panel {
  title: string
  targets?: { expr: string }[]
}
const panels = (JSON.parse(read('grafana.json')) as { panels: Panel[] }).panels

const NAME = /\b(?:seiche|nodejs|process|http_server)_\w+/g
const names = (expr: string): string[] => expr.match(NAME) ?? []

it('every metric that an alert or a panel names is in a scrape, and every metric of ours is in a panel', async () => {
  const { http } = await ready(['dev', '--rpc-port', '0', '--data', temporaryFolder()])
  const text = await (await fetch(`${http}/metrics`)).text()
  const scraped = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]))
  const known = new Set(
    [...scraped].flatMap(([name, type]) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
    ),
  )
  const exprs = [
    ...alerts.map(({ expr }) => expr),
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ]
  expect(exprs.length).toBeGreaterThan(50)
  expect(exprs.flatMap(names).filter((name) => !known.has(name))).toEqual([])
  const shown = new Set(exprs.flatMap(names).map((name) => name.replace(/_bucket$/, '')))
  expect([...scraped.keys()].filter((name) => name.startsWith('seiche_') && !shown.has(name))).toEqual([])
}, 30_000)

it('labels that an alert picks by are those of the metric', async () => {
  const { http } = await ready(['dev', '--rpc-port', '0', '--data', temporaryFolder()])
  const text = await (await fetch(`${http}/metrics`)).text()
  const picked = alerts.flatMap(({ expr }) => [...expr.matchAll(/(seiche_\w+)\{(\w+)!?="([\w-]+)"\}/g)])
  expect(picked.length).toBeGreaterThan(3)
  for (const [, metric = '', label = '', value = ''] of picked) {
    const lines = text.split('\n').filter((line) => line.startsWith(`${metric}{`))
    if (metric === 'seiche_degraded' || metric === 'seiche_resumes_total')
      expect(
        lines.some((line) => line.includes(`${label}="${value}"`)),
        `${metric} ${label} ${value}`,
      ).toBe(true)
    else for (const line of lines) expect(line).toContain(`${label}="`)
  }
}, 30_000)

it('the runbook has an entry for every alert, with three commands, and for nothing else', () => {
  const runbook = read('runbook.md')
  const entries = [...runbook.matchAll(/^## (Seiche\w+)\n([\s\S]*?)(?=^## )/gm)]
  expect(entries.map(([, name]) => name).sort()).toEqual(alerts.map(({ name }) => name).sort())
  for (const [, name, text = ''] of entries) {
    const commands = /```sh\n([\s\S]+?)```/.exec(text)?.[1]?.trim().split('\n') ?? []
    expect([name, commands.length]).toEqual([name, 3])
  }
})
