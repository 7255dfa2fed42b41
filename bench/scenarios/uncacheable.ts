import type { Figure, FigureScenario } from '../harness/figure.ts'
import type { Question } from '../harness/load.ts'
import { AT_ONCE } from '../harness/script.ts'
import { openStage, toScripted } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'
import { openClients, type WireClient } from '../harness/wire-client.ts'

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
    const rounds = bench.effort === 'full' ? 30 : 5
    try {
      const direct = await openClients(stage.origin.url, COUNT)
      const through = await openClients(stage.reprise.url, COUNT)
      const first = await compareRounds(direct, through, FIRST_ROUNDS)
      // What is measured is a server that has compiled what it needs.
      for (let round = 0; round < WARM_UP_ROUNDS; round += 1) await readMedian(through, WARM_UP)
      const cpuBefore = stage.reprise.cpuSeconds() ?? Number.NaN
      const compared = await compareRounds(direct, through, rounds)
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

/** The middle one's time to the first byte in each round, in ms. */
interface Compared {
  readonly direct: readonly number[]
  readonly added: readonly number[]
}

/** Directly and through Reprise in turn, which comes first changing with each round. */
async function compareRounds(
  direct: readonly WireClient[],
  through: readonly WireClient[],
  rounds: number,
): Promise<Compared> {
  const beside: number[] = []
  const added: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const question = toQuestion(THINK_MS, `${rounds} ${round}`)
    const medians = new Map<unknown, number>()
    for (const clients of round % 2 === 0 ? [direct, through] : [through, direct]) {
      medians.set(clients, await readMedian(clients, question))
    }
    const [without = Number.NaN, withIt = Number.NaN] = [medians.get(direct), medians.get(through)]
    beside.push(without)
    added.push(withIt - without)
  }
  return { direct: beside, added }
}

function toFigures({ direct, added }: Compared, first: Compared, surplus: number): Figure[] {
  const least = Math.min(...added).toFixed(2)
  const most = Math.max(...added).toFixed(2)
  return [
    {
      name: 'added to the first byte of the middle one, median of the rounds',
      measured: quantile(added, 0.5),
      unit: 'ms',
      goal: { kind: 'at-most', value: 5 },
      detail: `${least}–${most}, direct ${quantile(direct, 0.5).toFixed(1)}, ${added.length} rounds`,
    },
    {
      name: 'the same in the first rounds after the start',
      measured: quantile(first.added, 0.5),
      unit: 'ms',
      detail: `${first.added.length} rounds; the compiler has the same core`,
    },
    {
      name: 'runs more or less than requests',
      measured: surplus,
      unit: 'runs',
      goal: { kind: 'exactly', value: 0 },
    },
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

/** The middle of the times to the first byte, in ms. */
async function readMedian(clients: readonly WireClient[], question: Question): Promise<number> {
  const comings = clients.map((client) => client.ask(question))
  await Promise.all(comings.map(({ over }) => over))
  return quantile(
    comings.map(({ firstByteAt = Number.NaN, sentAt }) => firstByteAt - sentAt),
    0.5,
  )
}

const WARM_UP = toQuestion(0, 'warm up')
