import { type CrowdTimes, compareCrowds, readCrowd } from '../harness/crowd.ts'
import { atMost, exactly, type Figure, type FigureScenario } from '../harness/figure.ts'
import type { Question } from '../harness/load.ts'
import { AT_ONCE } from '../harness/script.ts'
import { openStage, toScripted } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'
import { openClients } from '../harness/wire-client.ts'

const COUNT = 50
/** What a model needs to its first word. */
const THINK_MS = 100
const TEMPERATURE = 0.9
const FIRST_ROUNDS = 5
/** Ten thousand requests. */
const WARM_UP_ROUNDS = 200

/** The same question by many at once, who each want an answer of their own. */
export const UNCACHEABLE: FigureScenario = {
  title: `flights: uncacheable, ${COUNT} identical requests at once that may not share an answer`,
  standsFor: 'drawing many samples of one prompt',
  async measure(bench) {
    const stage = await openStage(bench)
    const rounds = bench.effort === 'quick' ? 5 : 30
    try {
      const direct = await openClients(stage.origin.url, COUNT)
      const through = await openClients(stage.reprise.url, COUNT)
      const first = await compareCrowds(direct, through, toQuestions(FIRST_ROUNDS))
      // What is measured is a server that has compiled what it needs.
      for (let round = 0; round < WARM_UP_ROUNDS; round += 1) await readCrowd(through, WARM_UP)
      const cpuBefore = stage.reprise.cpuSeconds() ?? Number.NaN
      const compared = await compareCrowds(direct, through, toQuestions(rounds))
      const cpuSeconds = (stage.reprise.cpuSeconds() ?? Number.NaN) - cpuBefore
      for (const client of [...direct, ...through]) client.leave()
      const { runs } = await stage.readLog()
      const asked = (2 * (FIRST_ROUNDS + rounds) + WARM_UP_ROUNDS) * COUNT
      return [
        ...toFigures(compared, first, runs.length - asked),
        toCpuFigure(cpuSeconds / (rounds * COUNT)),
      ]
    } finally {
      await stage.close()
    }
  },
}

function toFigures({ direct, added }: CrowdTimes, first: CrowdTimes, surplus: number): Figure[] {
  const least = Math.min(...added).toFixed(2)
  const most = Math.max(...added).toFixed(2)
  return [
    {
      name: 'added to the first byte of the middle one, median of the rounds',
      measured: quantile(added, 0.5),
      unit: 'ms',
      goal: atMost(5),
      detail: `${least}–${most}, direct ${quantile(direct, 0.5).toFixed(1)}, ${added.length} rounds`,
    },
    {
      name: 'the same in the first rounds after the start',
      measured: quantile(first.added, 0.5),
      unit: 'ms',
      detail: `${first.added.length} rounds; the compiler has the same core`,
    },
    { name: 'runs more or less than requests', measured: surplus, unit: 'runs', goal: exactly(0) },
  ]
}

/** All of them come in the same moment: each waits for the processor time of those before it. */
function toCpuFigure(secondsEach: number): Figure {
  return {
    name: 'processor of the server for each request',
    measured: secondsEach * 1_000,
    unit: 'ms',
    detail: `${COUNT} of them ${(secondsEach * COUNT * 1_000).toFixed(0)} ms`,
  }
}

function toQuestion(thinkMs: number, tag: string): Question {
  return toScripted({ ...AT_ONCE, thinkMs, tag }, 'stream', TEMPERATURE)
}

function toQuestions(rounds: number): Question[] {
  return Array.from({ length: rounds }, (_, round) => toQuestion(THINK_MS, `${rounds} ${round}`))
}

const WARM_UP = toQuestion(0, 'warm up')
