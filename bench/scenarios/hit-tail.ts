import { atMost, type Bench, type Figure, type FigureScenario } from '../harness/figure.ts'
import { type Asking, CONNECTIONS, prime, type Question, runLoad } from '../harness/load.ts'
import { type OpenLoop, openLoop } from '../harness/open-loop.ts'
import { measureRound, type Seen } from '../harness/paced-round.ts'
import type { Server } from '../harness/servers.ts'
import { toRangeText, toSpread } from '../harness/statistics.ts'
import { FASTIFY } from '../rivals/fastify.ts'
import { NGINX } from '../rivals/nginx.ts'
import { REPRISE } from '../rivals/reprise.ts'
import { askAllOneThing } from './questions.ts'

/**
 * Requests that come when they come, half as many as the server could answer just before: a machine that is twice as
 * fast in one minute as in the next would else be asked in the slow one for all there is. Connections stay open, the
 * first rounds do not count, and neither does the beginning of each: what is opened, compiled and, after a pause, asked
 * of the origin is not what is measured.
 */
export const HIT_TAIL: FigureScenario = {
  title: 'hit, whole, p99 at half the saturating rate (open loop)',
  standsFor: 'many people who do not wait for each other',
  async measure(bench) {
    const rivals = [REPRISE, FASTIFY, NGINX].filter((rival) => rival.findVersion() !== undefined)
    const runs: Run[] = []
    try {
      for (const { rival, asking } of askAllOneThing(rivals, 'long', 'whole')) {
        const server = await bench.field.find(rival)
        await prime(server, asking)
        const question = first(asking)
        const loop = await openLoop({ url: server.url, question, connections: WAITING })
        runs.push({ name: rival.name, server, asking, loop, rounds: [] })
      }
      const rounds = bench.effort === 'quick' ? 3 : 15
      for (let round = -WARM_UPS; round < rounds; round += 1) {
        for (const run of runs) {
          const perSecond = (await saturate(bench, run)) / 2
          const seen = await measureRound(run.loop, perSecond, bench.cores?.load)
          if (round >= 0) run.rounds.push({ ...seen, perSecond })
        }
      }
    } finally {
      for (const { loop } of runs) loop.close()
    }
    return runs.map(toFigure)
  },
}

interface Run {
  readonly name: string
  readonly server: Server
  readonly asking: Asking
  readonly loop: OpenLoop
  readonly rounds: Round[]
}

/** What was seen, and at which rate. */
interface Round extends Seen {
  readonly perSecond: number
}

/** So many a second it answers now. */
async function saturate({ drivers }: Bench, { server, asking }: Run): Promise<number> {
  const load = { server, asking, connections: CONNECTIONS, seconds: 1 }
  return (await runLoad(drivers.usual, load)).requestsPerSecond
}

const WARM_UPS = 4
const WAITING = 256

function first(asking: Asking): Question {
  const question = asking.kind === 'in-turn' ? asking.questions[0] : asking.question
  if (question === undefined) throw new Error('nothing to ask')
  return question
}

function toFigure({ name, rounds }: Run): Figure {
  const tail = toSpread(rounds.map(({ p99 }) => p99))
  const rate = toSpread(rounds.map(({ perSecond }) => perSecond))
  const middle = (figure: keyof Seen): string =>
    toSpread(rounds.map((round) => round[figure])).median.toFixed(2)
  const spread = `${toRangeText(tail)}; p50 ${middle('p50')}`
  const figure: Figure = {
    name: `${name}: p99 from the intended instant`,
    measured: tail.median,
    unit: 'ms',
    detail: `${spread}; at ${rate.median.toFixed(0)} requests/s (${toRangeText(rate, 0)}); sent late, p99 ${middle('late')} ms`,
  }
  if (name !== REPRISE.name) return figure
  return { ...figure, goal: atMost(2), isHeadline: 'yes' }
}
