import { type Broken, breakOff } from '../harness/break-off.ts'
import { atMost, exactly, type Figure, type FigureScenario } from '../harness/figure.ts'
import { AT_ONCE } from '../harness/script.ts'
import { openStage } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'

const WAITING = 50

/** The origin breaks off before it has said a word, while many wait for it. */
export const PROMOTION: FigureScenario = {
  title: `flights: promotion, the origin resets the connection before the headers, ${WAITING} wait`,
  standsFor: 'an Ollama that is restarted, or whose runner is killed for its memory',
  async measure(bench) {
    const stage = await openStage(bench)
    const rounds = bench.effort === 'quick' ? 3 : 20
    try {
      await breakOff(stage, { ...AT_ONCE, tag: 'warm up', hold: 'first' }, WAITING)
      const once: Broken[] = []
      for (let round = 0; round < rounds; round += 1) {
        once.push(
          await breakOff(stage, { ...AT_ONCE, tag: `once ${round}`, hold: 'first' }, WAITING),
        )
      }
      const twice = await breakOff(stage, { ...AT_ONCE, tag: 'twice', hold: 'all' }, WAITING)
      return [...toFigures(once), ...toTwiceFigures(twice)]
    } finally {
      await stage.close()
    }
  },
}

function toFigures(broken: readonly Broken[]): Figure[] {
  const promoted = broken.map(({ promotedMs }) => promotedMs)
  const last = broken.map(({ lastAnswerMs }) => lastAnswerMs)
  return [
    {
      name: 'from the reset to the second run’s arrival, longest',
      measured: Math.max(...promoted),
      unit: 'ms',
      goal: atMost(20),
      detail: `p50 ${quantile(promoted, 0.5).toFixed(2)}, ${broken.length} resets`,
    },
    {
      name: 'runs, at most',
      measured: Math.max(...broken.map(({ runs }) => runs)),
      unit: 'runs',
      goal: atMost(2),
    },
    {
      name: 'clients with the answer, at least',
      measured: Math.min(...broken.map(({ answered }) => answered)),
      unit: 'clients',
      goal: exactly(WAITING),
    },
    {
      name: 'from the reset to the last client’s last byte, longest',
      measured: Math.max(...last),
      unit: 'ms',
      detail: `p50 ${quantile(last, 0.5).toFixed(2)}`,
    },
  ]
}

/** The second run is broken off as well: nobody waits beyond it. */
function toTwiceFigures({ runs, statuses, lastAnswerMs }: Broken): Figure[] {
  return [
    { name: 'both runs reset: runs', measured: runs, unit: 'runs', goal: exactly(2) },
    {
      name: 'both runs reset: clients with a 502',
      measured: statuses.filter((status) => status === 502).length,
      unit: 'clients',
      goal: exactly(WAITING),
      detail: `the last ${lastAnswerMs.toFixed(2)} ms after the second reset`,
    },
  ]
}
