import { moveTo, toUsual } from '../harness/cores.ts'
import { readChildren } from '../harness/cpu.ts'
import { openField } from '../harness/field.ts'
import { atLeast, type Figure, type FigureScenario } from '../harness/figure.ts'
import { type Asking, CONNECTIONS, type Driver, prime } from '../harness/load.ts'
import type { Server } from '../harness/servers.ts'
import { toRangeText, toSpread } from '../harness/statistics.ts'
import { createWrk } from '../harness/wrk.ts'
import { REPRISE, REPRISE_WORKERS } from '../rivals/reprise.ts'
import { toQuestion } from './questions.ts'

/**
 * A second core for known answers. Where there are two cores the load has to share them, so like is compared with
 * like: one process and its load on one core, against two workers and twice the load on two, each core with one of
 * each; the first process, which counts, has what they leave it. All in the usual class: in a real-time one it would
 * have nothing. The plain arrangement, a core for the load and a core for one process against two workers and the
 * load on both, has twice the processor for the server only on paper, and is told beside it.
 */
export const WORKERS: FigureScenario = {
  title: 'hit, whole, two workers on two cores beside one on one',
  standsFor: 'a server whose hits are more than one core can give',
  async measure(bench) {
    if (bench.cores === undefined) return []
    const cores = toUsual(bench.cores)
    const field = await openField(bench.profileFolder, cores)
    try {
      const one = await field.find(REPRISE)
      const two = await field.find(REPRISE_WORKERS)
      for (const server of [one, two]) await prime(server, ASKING)
      readChildren(two.pid ?? 0).forEach((pid, index) => {
        moveTo(index % CORES, pid)
      })
      const rounds: Round[] = []
      const count = bench.effort === 'quick' ? 3 : 7
      for (let round = -1; round < count; round += 1) {
        const seen = await measureRound(one, two)
        if (round >= 0) rounds.push(seen)
      }
      return toFigures(rounds)
    } finally {
      await field.close()
    }
  },
}

const ASKING: Asking = { kind: 'in-turn', questions: [toQuestion('long', 'whole', 'repeated')] }
const CORES = 2
const HERE = createWrk({ core: 0, priority: 'usual' })
const THERE = createWrk({ core: 1, priority: 'usual' })
const SECONDS = 2

/** Requests per second. */
interface Round {
  readonly oneShared: number
  readonly two: number
  /** One process with a core of its own. */
  readonly oneAlone: number
}

async function measureRound(one: Server, two: Server): Promise<Round> {
  const [first, second] = await Promise.all([ask(HERE, two), ask(THERE, two)])
  return { two: first + second, oneShared: await ask(HERE, one), oneAlone: await ask(THERE, one) }
}

async function ask(driver: Driver, server: Server): Promise<number> {
  const load = { server, asking: ASKING, connections: CONNECTIONS / 2, seconds: SECONDS }
  const { requests, seconds } = await driver.drive(load)
  return requests / seconds
}

function toFigures(rounds: readonly Round[]): Figure[] {
  const like = toSpread(rounds.map(({ two, oneShared }) => two / oneShared))
  const plain = toSpread(rounds.map(({ two, oneAlone }) => two / oneAlone))
  const middle = (name: keyof Round): string =>
    toSpread(rounds.map((round) => round[name])).median.toFixed(0)
  return [
    {
      name: 'two workers beside one, load on the same cores',
      measured: like.median,
      unit: '×',
      goal: atLeast(1.7),
      detail: `${toRangeText(like)}; ${middle('two')} against ${middle('oneShared')} requests/s`,
      isHeadline: 'yes',
    },
    {
      name: 'the same beside one with a core of its own',
      measured: plain.median,
      unit: '×',
      detail: `${toRangeText(plain)}; ${middle('oneAlone')} requests/s`,
    },
  ]
}
