// Writes what is generated from the code: the configuration's schema, example and reference, and the
// schema of the statistics. Runs on the build. `--check` writes nothing and fails where a file differs.
import { readFileSync, writeFileSync } from 'node:fs'
import { STATS_SCHEMA } from '../dist/admin/stats-schema.js'
import { toExample, toJsonSchema, toReferencePage } from '../dist/config/describe.js'
import { createCatalog } from '../dist/metrics/catalog.js'
import { toMetricsPage } from '../dist/metrics/describe.js'
import { createTallies } from '../dist/metrics/tally.js'

const toJson = (value) => `${JSON.stringify(value, null, 2)}\n`

const catalog = createCatalog({
  tallies: createTallies(),
  usage: () => [],
  origin: () => ({ queueDepth: 0, running: 0, flights: 0, breaker: 'closed' }),
  version: '',
  storeState: 'writing',
  droppedLines: () => 0,
  counting: 'on',
})

const files = {
  'config/reprise.schema.json': toJson(toJsonSchema()),
  'config/reprise.example.jsonc': toExample(),
  'docs/configuration.md': toReferencePage(),
  'docs/metrics.md': toMetricsPage(catalog),
  'docs/stats.schema.json': toJson(STATS_SCHEMA),
}

let stale = 0
for (const [path, text] of Object.entries(files)) {
  const url = new URL(`../${path}`, import.meta.url)
  if (!process.argv.includes('--check')) writeFileSync(url, text)
  else if (readFileSync(url, 'utf8') !== text) {
    console.error(`${path} is out of date: node scripts/generate-docs.mjs`)
    stale += 1
  }
}
process.exitCode = stale === 0 ? 0 : 1
