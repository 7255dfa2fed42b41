// npm run bench:readme: the table of the README and its pictures, from the last full run.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toChart } from './harness/chart.ts'
import { replaceBetweenMarkers, toMarkdown } from './harness/markdown.ts'
import { RESULTS, readResults } from './harness/results.ts'
import { ROOT } from './harness/servers.ts'

const file = join(RESULTS, 'full.json')
const results = readResults(file)
if (results === undefined) throw new Error(`${file}: npm run bench makes it`)

const page = join(ROOT, 'README.md')
writeFileSync(page, replaceBetweenMarkers(readFileSync(page, 'utf8'), toMarkdown(results)))
const images = join(ROOT, 'docs', 'images')
mkdirSync(images, { recursive: true })
for (const compared of results.compared) {
  const { picture } = compared
  if (picture !== undefined) writeFileSync(join(images, `bench-${picture}.svg`), toChart(compared))
}
