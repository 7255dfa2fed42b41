import { atMost, type Bench, type Figure, type FigureScenario } from '../harness/figure.ts'
import { pass } from '../harness/instant.ts'
import { type Asking, CONNECTIONS, prime, runLoad } from '../harness/load.ts'
import { drivePaced } from '../harness/open-loop.ts'
import type { Server } from '../harness/servers.ts'
import { quantile, toSpread } from '../harness/statistics.ts'
import { FASTIFY } from '../rivals/fastify.ts'
import { NGINX } from '../rivals/nginx.ts'
import { REPRISE } from '../rivals/reprise.ts'
import { askAllOneThing } from './questions.ts'

/** Requests that come when they come, half as many as the server could answer. */
export const HIT_TAIL: FigureScenario = {
  title: 'hit, whole, p99 at half the saturating rate (open loop)',
  standsFor: 'many people who do not wait for each other',
  async measure(bench) {
    const rivals = [REPRISE, FASTIFY, NGINX].filter((rival) => rival.findVersion() !== undefined)
    const runs: Run[] = []
    for (const { rival, asking } of askAllOneThing(rivals, 'long', 'whole')) {
      const server = await bench.field.find(rival)
      await prime(server, asking)
      const perSecond = (await findSaturation(bench, server, asking)) / 2
      runs.push({ name: rival.name, server, asking, perSecond, p99: [], late: [] })
    }
    const rounds = bench.effort === 'quick' ? 3 : 15
    for (let round = 0; round < rounds; round += 1) {
      for (const run of runs) await measureRound(bench, run)
    }
    return runs.map(toFigure)
  },
}

interface Run {
  readonly name: string
  readonly server: Server
  readonly asking: Asking
  readonly perSecond: number
  /** Of each round, in ms. */
  readonly p99: number[]
  readonly late: number[]
}

/** The best of some rounds: what is compiled in the first is not what is measured. */
async function findSaturation(bench: Bench, server: Server, asking: Asking): Promise<number> {
  let best = 0
  for (let turn = 0; turn < WARM_UPS; turn += 1) {
    const load = { server, asking, connections: CONNECTIONS, seconds: 1 }
    best = Math.max(best, (await runLoad(bench.drivers.usual, load)).requestsPerSecond)
  }
  return best
}

const WARM_UPS = 4
const WAITING = 256

async function measureRound(bench: Bench, run: Run): Promise<void> {
  const { server, asking, perSecond } = run
  const question = asking.kind === 'in-turn' ? asking.questions[0] : asking.question
  if (question === undefined) return
  const pace = {
    url: server.url,
    question,
    perSecond,
    seconds: ROUND_SECONDS,
    connections: WAITING,
  }
  const { fromIntendedMs, lateMs } = await drivePaced(pace, bench.cores?.load)
  run.p99.push(quantile(fromIntendedMs, 0.99))
  run.late.push(quantile(lateMs, 0.99))
  await pass(PAUSE_MS)
}

/**
 * A driver that waits for the next instant takes its core for itself. The kernel lets that pass for
 * less than a second, and then gives 50 ms to others (the fair server of sched(7)): so it stops before.
 */
const ROUND_SECONDS = 0.5
/** What others on the machine get between two rounds. */
const PAUSE_MS = 500

function toFigure({ name, perSecond, p99, late }: Run): Figure {
  const { median, min, max } = toSpread(p99)
  const spread = `${min.toFixed(2)}–${max.toFixed(2)}`
  const figure: Figure = {
    name: `${name}: p99 from the intended instant`,
    measured: median,
    unit: 'ms',
    detail: `${spread}; at ${perSecond.toFixed(0)} requests/s; sent late, p99 ${quantile(late, 0.5).toFixed(2)} ms`,
  }
  if (name !== REPRISE.name) return figure
  return { ...figure, goal: atMost(2), isHeadline: 'yes' }
}
