import { type BurstSeen, type Mix, type Round, runBurst } from '../harness/burst-round.ts'
import { atMost, below, exactly, type Figure, type FigureScenario } from '../harness/figure.ts'
import { measureFloor } from '../harness/floor.ts'
import type { Script } from '../harness/script.ts'
import { openStage } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'
import type { Coming } from '../harness/wire-client.ts'

/** Answers of 1 MiB in 3 s. */
const SCRIPT: Omit<Script, 'tag'> = {
  frames: 1_024,
  frameBytes: 1_024,
  paceMs: 3_000 / 1_024,
  thinkMs: 50,
  hold: 'none',
}

/**
 * Everybody asks the same at once. A whole answer can only begin when the last frame has come: for half of the clients
 * all of it, 500 MiB, is still to be carried then. What that takes a bare server is measured beside it, and told.
 */
export const BURST: FigureScenario = {
  title: 'flights: burst, 1 000 clients with one question, 1 MiB in 3 s',
  standsFor: 'a test suite or a batch job that starts all its workers with the same first prompt',
  async measure(bench) {
    const stage = await openStage(bench)
    try {
      const count = bench.effort === 'quick' ? 100 : 1_000
      const figures: Figure[] = []
      // The second of each kind finds a process whose heap has grown already.
      const mixes: Mix[] = bench.effort === 'quick' ? ['streams'] : ['streams', 'mixed', 'streams']
      for (const [index, mix] of mixes.entries()) {
        const round = { mix, count, script: { ...SCRIPT, tag: `burst ${index + 1}` } }
        const carryingMs = mix === 'mixed' ? await measureFloor(bench, count / 2) : 0
        figures.push(...toFigures(round, await runBurst(stage, round), carryingMs))
      }
      return figures
    } finally {
      await stage.close()
    }
  },
}

function toFigures({ mix, count, script }: Round, seen: BurstSeen, carryingMs: number): Figure[] {
  const { comings, runs, tookMs, afterOriginMs, cpuSeconds, residentMib } = seen
  const { before, open, peak } = residentMib
  const name = (what: string): string => `${script.tag}, ${mix}: ${what}`
  const headline = mix === 'streams' ? ({ isHeadline: 'yes' } as const) : {}
  return [
    {
      name: name('runs of the origin'),
      measured: runs,
      unit: 'runs',
      goal: exactly(1),
      ...headline,
    },
    {
      name: name('clients whose bytes are the origin’s'),
      measured: comings.filter(({ isEqual, status }) => isEqual && status === 200).length,
      unit: 'clients',
      goal: exactly(count),
      detail: toDetail(comings),
    },
    {
      name: name('from the origin’s last byte to the last client’s'),
      measured: afterOriginMs,
      unit: 'ms',
      goal: atMost(100),
      detail: `${toFloor(carryingMs)}all of it took ${tookMs.toFixed(0)} ms; processor of the server ${(cpuSeconds * 1_000).toFixed(0)} ms`,
      ...headline,
    },
    {
      name: name('memory at its peak, above that before anybody came'),
      measured: peak - before,
      unit: 'MiB',
      goal: below(64),
      detail: `${before.toFixed(0)} before, ${open.toFixed(0)} with ${count} open connections, peak ${peak.toFixed(0)}`,
    },
  ]
}

function toFloor(carryingMs: number): string {
  return carryingMs === 0
    ? ''
    : `a bare server carries the whole answers in ${carryingMs.toFixed(0)} ms; `
}

function toDetail(comings: readonly Coming[]): string {
  const first = comings.map(({ firstByteAt = Number.NaN, sentAt }) => firstByteAt - sentAt)
  return `first byte after ${quantile(first, 0.5).toFixed(0)} ms in the middle, ${quantile(first, 1).toFixed(0)} ms at most`
}
