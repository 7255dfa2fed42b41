import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atMost, type Bench, type Figure, type FigureScenario } from '../harness/figure.ts'
import { type Asked, startIn, startInTurn, type Use, use } from '../harness/kept-folder.ts'
import { expireOldest, fillDatabase } from '../harness/million.ts'
import { quantile, toRangeText, toSpread } from '../harness/statistics.ts'
import { toQuestion } from './questions.ts'

const ENTRIES = 1_000_000
const BODY_BYTES = 10_000
const GIB = 1024 ** 3
/** Room for all of it. */
const ROOMY = { maxBytes: 16 * GIB }
/** No memory tier: each hit is read from the file. */
const ON_DISK = { ...ROOMY, memoryMaxBytes: 0 }
/** Too little by half. */
const TIGHT = { maxBytes: 5 * GIB, memoryMaxBytes: 0 }
/** Every known question once: what is measured is never the second look at a row. */
const KNOWN = Array.from({ length: 6_000 }, (_, n) => toQuestion('short', 'whole', `known ${n}`))
const ROUNDS = 5
/** Before what counts: it takes so many until what they run through is compiled. */
const WARM_UP = 4_000
const COUNTED = KNOWN.length - WARM_UP
const ASKED = {
  warmUp: KNOWN.slice(0, WARM_UP),
  rounds: Array.from({ length: ROUNDS }, (_, round) => {
    const size = COUNTED / ROUNDS
    return KNOWN.slice(WARM_UP + round * size, WARM_UP + (round + 1) * size)
  }),
}

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
      const useOnce = async (cache: typeof ON_DISK | typeof ROOMY, during: Asked['during']) =>
        use(await startIn(bench, folder, cache), { ...ASKED, during })
      await useOnce(ROOMY, 'nothing')
      fillDatabase({ dataDir: folder, entries: ENTRIES, bodyBytes: BODY_BYTES })
      const start = await measureStarts(bench, folder, empty)
      const hits = await useOnce(ON_DISK, 'nothing')
      // Of those that count none is among them.
      expireOldest(folder, ENTRIES * 0.4)
      const swept = await useOnce(ON_DISK, 'removal')
      const evicted = await useOnce(TIGHT, 'removal')
      return [start, ...toFigures(hits, { swept, evicted })]
    } finally {
      for (const each of [folder, empty]) rmSync(each, { recursive: true, force: true })
    }
  },
}

async function measureStarts(bench: Bench, full: string, empty: string): Promise<Figure> {
  const [loaded = [], bare = []] = await startInTurn(bench, [full, empty], {
    cache: ROOMY,
    rounds: ROUNDS,
  })
  const detail = `${quantile(bare, 0.5).toFixed(0)} ms with none; longest ${Math.max(...loaded).toFixed(0)}`
  const measured = quantile(loaded, 0.5)
  return { name: 'start-up', measured, unit: 'ms', goal: atMost(1_000), detail }
}

function toFigures(hits: Use, { swept, evicted }: Record<'swept' | 'evicted', Use>): Figure[] {
  const p99 = (ms: readonly number[]) => quantile(ms, 0.99).toFixed(2)
  const toText = (seen: Use) => {
    const spread = toSpread(seen.delaysMs)
    return `${spread.median.toFixed(1)} (${toRangeText(spread, 1)})`
  }
  const during = (name: string, seen: Use): Figure => ({
    name: `loop held up at most while entries ${name}`,
    measured: quantile(seen.delaysMs, 0.5),
    unit: 'ms',
    goal: atMost(5),
    detail: `${toText(seen)}; ${toText(hits)} where none go; ${seen.removed} slices; hits p99 ${p99(seen.ms)} ms, ${p99(hits.ms)} where none go; ${seen.residentMib.toFixed(0)} MiB`,
  })
  const cold = `${p99(hits.warmUpMs)} among the ${WARM_UP} before`
  return [
    {
      name: 'lookups of more than 1 ms, of 2 000 first reads',
      measured: hits.slowLookups,
      unit: 'runs',
      goal: atMost(COUNTED / 100),
      detail: `whole hits: median ${quantile(hits.ms, 0.5).toFixed(2)}, p99 ${p99(hits.ms)} ms (${cold})`,
    },
    { name: 'memory', measured: hits.residentMib, unit: 'MiB', goal: atMost(300) },
    during('expire', swept),
    during('are evicted', evicted),
  ]
}
