import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atMost, type Bench, type Figure, type FigureScenario } from '../harness/figure.ts'
import { startIn, type Use, use } from '../harness/kept-folder.ts'
import { expireOldest, fillDatabase } from '../harness/million.ts'
import { quantile } from '../harness/statistics.ts'
import { toQuestion } from './questions.ts'

const ENTRIES = 1_000_000
const BODY_BYTES = 10_000
const GIB = 1024 ** 3
/** Room for all of it. */
const ROOMY = { maxBytes: 16 * GIB }
/** No memory tier: each hit is read from the file. */
const ON_DISK = { ...ROOMY, memoryMaxBytes: 0 }
/** Too little by a few hundred MB. */
const TIGHT = { maxBytes: 10 * GIB, memoryMaxBytes: 0 }
/** Every known question once: what is measured is never the second look at a row. */
const KNOWN = Array.from({ length: 2_000 }, (_, n) => toQuestion('short', 'whole', `known ${n}`))
const ROUNDS = 5

/** A file as it is after months. */
export const SCALE: FigureScenario = {
  title: 'store: a million entries, 10 GiB',
  standsFor: 'a team that has used one cache for months',
  tier: 'long',
  async measure(bench) {
    const [folder, empty] = ['full', 'empty'].map((name) =>
      mkdtempSync(join(tmpdir(), `reprise-bench-${name}-`)),
    ) as [string, string]
    try {
      await use(await startIn(bench, folder, ROOMY), KNOWN)
      fillDatabase({ dataDir: folder, entries: ENTRIES, bodyBytes: BODY_BYTES })
      const starts = await measureStarts(bench, folder, empty)
      const hits = await use(await startIn(bench, folder, ON_DISK), KNOWN)
      expireOldest(folder, ENTRIES / 10)
      const swept = await use(await startIn(bench, folder, ON_DISK), KNOWN)
      const evicted = await use(await startIn(bench, folder, TIGHT), KNOWN)
      return [...starts, ...toFigures(hits, { swept, evicted })]
    } finally {
      for (const each of [folder, empty]) rmSync(each, { recursive: true, force: true })
    }
  },
}

async function measureStarts(bench: Bench, full: string, empty: string): Promise<Figure[]> {
  const ms = { full: [] as number[], empty: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, folder] of [
      ['full', full],
      ['empty', empty],
    ] as const) {
      const { server, startMs } = await startIn(bench, folder, ROOMY)
      ms[name].push(startMs)
      await server.stop()
    }
  }
  const [loaded, bare] = [quantile(ms.full, 0.5), quantile(ms.empty, 0.5)]
  const detail = `${bare.toFixed(0)} ms with none; longest ${Math.max(...ms.full).toFixed(0)}`
  return [{ name: 'start-up', measured: loaded, unit: 'ms', goal: atMost(1_000), detail }]
}

function toFigures(hits: Use, { swept, evicted }: Record<'swept' | 'evicted', Use>): Figure[] {
  const p99 = (seen: Use) => quantile(seen.ms, 0.99).toFixed(2)
  const during = (name: string, seen: Use): Figure => ({
    name: `loop held up at most while entries ${name}`,
    measured: seen.delayMs,
    unit: 'ms',
    goal: atMost(5),
    detail: `${hits.delayMs.toFixed(1)} where none go; ${seen.removed} slices; hits p99 ${p99(seen)} ms; ${seen.residentMib.toFixed(0)} MiB`,
  })
  return [
    {
      name: 'lookups of more than 1 ms, of 2 000 first reads',
      measured: hits.slowLookups,
      unit: 'runs',
      goal: atMost(KNOWN.length / 100),
      detail: `whole hits: median ${quantile(hits.ms, 0.5).toFixed(2)}, p99 ${p99(hits)} ms`,
    },
    { name: 'memory', measured: hits.residentMib, unit: 'MiB', goal: atMost(300) },
    during('expire', swept),
    during('are evicted', evicted),
  ]
}
