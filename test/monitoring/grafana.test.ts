import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readText } from '../packaging/support/context.ts'
import { findUnknown, listKnown } from './support/known.ts'
import { readExpression } from './support/promql.ts'
import { hasPromtool, promtool } from './support/promtool.ts'

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly datasource?: { readonly uid: string }
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}

const dashboard = JSON.parse(readText('config/grafana/dashboards/reprise.json')) as {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { name: string; definition: string }[] }
  readonly annotations: { readonly list: readonly { expr: string }[] }
}

const known = await listKnown()
const charts = dashboard.panels.filter(({ type }) => type !== 'row')
const queries = charts.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat }) => [title, expr, legendFormat] as const),
)

/** As Grafana would send it. */
function fillIn(expr: string): string {
  return expr
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__range', '6h')
    .replaceAll(/\$(instance|model)\b/g, '.*')
}

describe('the dashboard for Grafana', () => {
  it('is held against names that there are: an invented one is found', () => {
    const invented =
      'sum by (modell) (rate(reprise_hits_totals{tier="a"}[1m])) / reprise_entries{tear="b"}'
    expect(findUnknown(invented, known)).toEqual([
      'reprise_hits_totals',
      'reprise_entries{tear}',
      'by modell',
    ])
  })

  it.each(queries)('%s: asks for metrics and labels that there are', (_title, expr, legend) => {
    const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? '')
    expect(findUnknown(fillIn(expr), known, shown)).toEqual([])
    expect(fillIn(expr)).not.toContain('$')
  })

  it.runIf(hasPromtool)('has only queries that Prometheus can parse', () => {
    const folder = mkdtempSync(join(tmpdir(), 'reprise-queries-'))
    const rules = queries.map(([, expr], i) => ({ record: `query_${i}`, expr: fillIn(expr) }))
    writeFileSync(join(folder, 'queries.yml'), JSON.stringify({ groups: [{ name: 'all', rules }] }))
    const { said, status } = promtool('check', 'rules', join(folder, 'queries.yml'))
    rmSync(folder, { recursive: true })
    expect([said, status]).toEqual([expect.stringContaining(`${rules.length} rules found`), 0])
  })

  it('takes its choices and its alerts from what there is', () => {
    for (const { definition } of dashboard.templating.list) {
      const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? []
      expect(known.get(metric)).toContain(label)
    }
    for (const { expr } of dashboard.annotations.list) expect(findUnknown(expr, known)).toEqual([])
  })

  it('shows every metric of the catalog, by itself or through a rule', () => {
    const shown = new Set(
      [...queries.map(([, expr]) => expr), readText('config/prometheus.rules.yml')].flatMap(
        (text) => readExpression(fillIn(text)).selectors.map(({ name }) => name),
      ),
    )
    const catalog = [...known.keys()].filter((name) => name.startsWith('reprise_'))
    const missing = catalog.filter((name) => {
      const family = name.replace(/_(bucket|sum|count)$/, '')
      return ![...shown].some((each) => each.replace(/_(bucket|sum|count)$/, '') === family)
    })
    expect(missing).toEqual([])
  })

  it('asks the source that is provisioned, and has places that do not overlap', () => {
    expect([...new Set(charts.map(({ datasource }) => datasource?.uid))]).toEqual(['prometheus'])
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    const taken = new Set<string>()
    for (const { gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x} ${y}`)).toBe(false)
          taken.add(`${x} ${y}`)
        }
      }
    }
  })
})
