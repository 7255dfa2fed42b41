import { parse } from 'yaml'
import { createCatalog } from '../../../src/metrics/catalog.ts'
import { createTallies } from '../../../src/metrics/tally.ts'
import { readText } from '../../packaging/support/context.ts'
import { readExpression } from './promql.ts'

/** One rule of a file of rules. */
export interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** The rules of a file in their order. */
export function readRules(path: string): Rule[] {
  const { groups } = parse(readText(path)) as { groups: { rules: Rule[] }[] }
  return groups.flatMap(({ rules }) => rules)
}

/** What Prometheus itself puts on every series. */
const ALWAYS = ['job', 'instance']

/** Every series that there can be with its labels: of the catalog, of the process, of rules, of Prometheus. */
export async function listKnown(): Promise<ReadonlyMap<string, readonly string[]>> {
  const catalog = createCatalog({
    tallies: createTallies(),
    usage: () => [],
    origin: () => ({ queueDepth: 0, running: 0, flights: 0, breaker: 'closed' }),
    version: '1',
    storeState: 'writing',
    droppedLines: () => 0,
    counting: 'on',
  })
  const known = new Map<string, readonly string[]>([
    ['up', ALWAYS],
    ['ALERTS', [...ALWAYS, 'alertname', 'alertstate']],
  ])
  for (const [, name = ''] of (await catalog.render()).matchAll(/^# TYPE (\S+)/gm)) {
    if (!name.startsWith('reprise_')) known.set(name, ALWAYS)
  }
  for (const { name, type, labels } of catalog.describe()) {
    const all = [...ALWAYS, ...labels]
    if (type !== 'histogram') known.set(name, all)
    else {
      known.set(`${name}_bucket`, [...all, 'le'])
      for (const part of ['sum', 'count']) known.set(`${name}_${part}`, all)
    }
  }
  for (const { record, expr } of readRules('config/prometheus.rules.yml')) {
    const kept = readExpression(expr).grouped.filter((label) => label !== 'le')
    if (record !== undefined) known.set(record, [...new Set(kept)])
  }
  return known
}

/** What an expression names that there is not; `shown` are labels that its legend writes. */
export function findUnknown(
  expression: string,
  known: ReadonlyMap<string, readonly string[]>,
  shown: readonly string[] = [],
): string[] {
  const { selectors, grouped } = readExpression(expression)
  const all = new Set(selectors.flatMap(({ name }) => known.get(name) ?? []))
  return [
    ...selectors.flatMap(({ name, labels }) => {
      const its = known.get(name)
      if (its === undefined) return [name]
      return labels.filter((label) => !its.includes(label)).map((label) => `${name}{${label}}`)
    }),
    ...[...grouped, ...shown].filter((label) => !all.has(label)).map((label) => `by ${label}`),
  ]
}
