import type { Catalog } from './catalog.ts'

/** The reference page of metrics: one row for each, in Markdown. */
export function toMetricsPage(catalog: Pick<Catalog, 'describe'>): string {
  const rows = catalog
    .describe()
    .map(
      ({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${toNames(labels)} | ${help} |`,
    )
  return [...HEAD, ...rows, ''].join('\n')
}

const HEAD = [
  '# Metrics',
  '',
  'Generated from `src/metrics` by `node scripts/generate-docs.mjs`. `GET /metrics` has them in Prometheus’ text',
  'format, with the usual `process_*` and `nodejs_*` of a Node program. Every label is bounded: a model that the',
  'origin does not list is `other`, a request without one `none`. How late the event loop is stands in',
  '`nodejs_eventloop_lag_p99_seconds` and its like; with `metrics.enabled` false there is nothing to scrape.',
  '',
  '| name | type | labels | what |',
  '| --- | --- | --- | --- |',
]

function toNames(labels: readonly string[]): string {
  return labels.map((label) => `\`${label}\``).join(', ')
}
