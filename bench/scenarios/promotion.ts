import type { Figure, FigureScenario } from '../harness/figure.ts'
import { pass, waitUntil } from '../harness/instant.ts'
import { AT_ONCE, type Script, toFrames } from '../harness/script.ts'
import { openStage, type Stage, toScripted } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'
import { openClients } from '../harness/wire-client.ts'

const WAITING = 50

/** The origin breaks off before it has said a word, while many wait for it. */
export const PROMOTION: FigureScenario = {
  title: `flights: promotion, the origin resets the connection before the headers, ${WAITING} wait`,
  standsFor: 'an Ollama that is restarted, or whose runner is killed for its memory',
  async measure(bench) {
    const stage = await openStage(bench)
    const rounds = bench.effort === 'full' ? 20 : 3
    try {
      await breakOff(stage, 'warm up', 'first')
      const once: Broken[] = []
      for (let round = 0; round < rounds; round += 1) {
        once.push(await breakOff(stage, `once ${round}`, 'first'))
      }
      const twice = await breakOff(stage, 'twice', 'all')
      return [...toFigures(once), ...toTwiceFigures(twice)]
    } finally {
      await stage.close()
    }
  },
}

/** What came of one reset. */
interface Broken {
  /** From the reset to the next run's arrival at the origin; NaN where there was none. */
  readonly promotedMs: number
  /** From the reset to the last client's last byte. */
  readonly lastAnswerMs: number
  readonly runs: number
  /** How many got the answer. */
  readonly answered: number
  readonly statuses: readonly (number | undefined)[]
}

function toFigures(broken: readonly Broken[]): Figure[] {
  const promoted = broken.map(({ promotedMs }) => promotedMs)
  const last = broken.map(({ lastAnswerMs }) => lastAnswerMs)
  return [
    {
      name: 'from the reset to the second run’s arrival, longest',
      measured: Math.max(...promoted),
      unit: 'ms',
      goal: { kind: 'at-most', value: 20 },
      detail: `p50 ${quantile(promoted, 0.5).toFixed(2)}, ${broken.length} resets`,
    },
    {
      name: 'runs, at most',
      measured: Math.max(...broken.map(({ runs }) => runs)),
      unit: 'runs',
      goal: { kind: 'at-most', value: 2 },
    },
    {
      name: 'clients with the answer, at least',
      measured: Math.min(...broken.map(({ answered }) => answered)),
      unit: 'clients',
      goal: { kind: 'exactly', value: WAITING },
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
    {
      name: 'both runs reset: runs',
      measured: runs,
      unit: 'runs',
      goal: { kind: 'exactly', value: 2 },
    },
    {
      name: 'both runs reset: clients with a 502',
      measured: statuses.filter((status) => status === 502).length,
      unit: 'clients',
      goal: { kind: 'exactly', value: WAITING },
      detail: `the last ${lastAnswerMs.toFixed(2)} ms after the second reset`,
    },
  ]
}

async function breakOff(stage: Stage, tag: string, hold: Script['hold']): Promise<Broken> {
  const script = { ...AT_ONCE, tag, hold }
  const countRuns = async (): Promise<number> => (await readRuns(stage, tag)).length
  const clients = await openClients(stage.reprise.url, WAITING)
  const expected = Buffer.concat(toFrames(script))
  const comings = clients.map((client) => client.ask(toScripted(script), { expected }))
  await waitUntil(async () => (await countRuns()) === 1)
  await pass(JOINED_AFTER_MS)
  let resetAt = await stage.resetHeld()
  if (hold === 'all') {
    await waitUntil(async () => (await countRuns()) === 2)
    resetAt = await stage.resetHeld()
  }
  await Promise.all(comings.map(({ over }) => over))
  for (const client of clients) client.leave()
  const runs = await readRuns(stage, tag)
  return {
    promotedMs: (runs[1]?.arrivedAt ?? Number.NaN) - resetAt,
    lastAnswerMs: Math.max(...comings.map(({ endAt = Number.NaN }) => endAt)) - resetAt,
    runs: runs.length,
    answered: comings.filter(({ isEqual, status }) => isEqual && status === 200).length,
    statuses: comings.map(({ status }) => status),
  }
}

/** By then all have joined, in ms: each takes a fraction of one. */
const JOINED_AFTER_MS = 150

async function readRuns(stage: Stage, tag: string) {
  return (await stage.readLog()).runs.filter((run) => run.tag === tag)
}
