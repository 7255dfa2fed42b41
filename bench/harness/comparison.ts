import type { Drivers } from './drivers.ts'
import type { Field } from './field.ts'
import type { Tier } from './figure.ts'
import { type Asking, CONNECTIONS, type Measured, prime, runLoad } from './load.ts'
import { isReprise, type Rival } from './rival.ts'
import type { Server } from './servers.ts'
import { type Spread, toSpread } from './statistics.ts'

/** One server in one comparison, and what it is asked so that all send the same answer. */
export interface Contender {
  readonly rival: Rival
  readonly asking: Asking
  /** Where one rival is asked in several ways. */
  readonly name?: string
  /** The load generator; `usual` if absent. */
  readonly driver?: keyof Drivers
}

/** How many times another contender's figure one's own has to be, in the median of the rounds. */
export interface Goal {
  readonly of: string
  readonly beside: string
  readonly figure: 'requestsPerSecond' | 'p50Ms'
  readonly bound: 'at-least' | 'at-most'
  readonly value: number
}

/** One thing that several servers are asked for under load. */
export interface Comparison {
  readonly title: string
  /** What happens in practice that this stands for. */
  readonly standsFor: string
  readonly tier: Tier
  /** What Reprise must count these requests as; the measurement is void otherwise. */
  readonly outcome: 'hit' | 'miss' | 'bypass'
  readonly contenders: readonly Contender[]
  readonly goals: readonly Goal[]
  readonly connections?: number
  /** Name of its picture; absent: none is drawn. */
  readonly picture?: string
}

/** One line of the table. */
export interface Row {
  readonly name: string
  readonly rounds: readonly Measured[]
  readonly requestsPerSecond: Spread
  readonly p50Ms: Spread
  readonly p99Ms: Spread
  readonly cpuMicroseconds: number | undefined
  readonly busy: number | undefined
}

/** Rounds, and how long each server is asked in each. */
export interface Effort {
  readonly rounds: number
  readonly seconds: number
}

/** With what, how much. */
export interface Means {
  readonly field: Field
  readonly drivers: Drivers
  readonly effort: Effort
}

/** Asks all that are installed in turn, round after round, each round beginning with the next one. */
export async function compare(comparison: Comparison, means: Means): Promise<Row[]> {
  const present = comparison.contenders.filter(({ rival }) => rival.findVersion() !== undefined)
  const measured = new Map<Contender, Measured[]>()
  for (const contender of present) {
    const server = await means.field.find(contender.rival)
    if (comparison.outcome === 'hit') await prime(server, contender.asking)
    await warmUp(comparison, contender, means)
    measured.set(contender, [])
  }
  for (let round = 0; round < means.effort.rounds; round += 1) {
    for (let turn = 0; turn < present.length; turn += 1) {
      const contender = present[(round + turn) % present.length] as Contender
      measured.get(contender)?.push(await measure(comparison, contender, means))
    }
  }
  return [...measured].map(([contender, rounds]) => toRow(nameOf(contender), rounds))
}

/** What it is called in tables. */
export function nameOf({ name, rival }: Contender): string {
  return name ?? rival.name
}

/** A figure of one by that of another, round by round; undefined where one of them was not there. */
export function toRatio(rows: readonly Row[], goal: Omit<Goal, 'bound' | 'value'>) {
  const find = (name: string) => rows.find((row) => row.name === name)?.rounds
  const [own, others] = [find(goal.of), find(goal.beside)]
  if (own === undefined || others === undefined) return undefined
  return toSpread(own.map((one, index) => one[goal.figure] / (others[index]?.[goal.figure] ?? NaN)))
}

/**
 * Asks for a second at a time until so many answers have come and that makes it no faster: what is being compiled is
 * not what is measured. V8 compiles what was called often, on threads that share the server's core: misses, of which
 * there are two thousand a second, cost twice as much in the first five seconds.
 */
async function warmUp(comparison: Comparison, contender: Contender, means: Means): Promise<void> {
  const isGlance = means.effort.rounds === 1
  const second = { ...means, effort: { rounds: 1, seconds: 1 } }
  let best = 0
  let answers = 0
  for (let turn = 0; turn < (isGlance ? QUICK_WARM_UPS : WARM_UPS); turn += 1) {
    const { requests, requestsPerSecond } = await measure(comparison, contender, second)
    answers += requests
    if (answers >= WARM_ANSWERS && requestsPerSecond < best * STILL_FASTER) return
    best = Math.max(best, requestsPerSecond)
  }
}

/** At most, in seconds. */
const WARM_UPS = 10
const QUICK_WARM_UPS = 3
const WARM_ANSWERS = 15_000
const STILL_FASTER = 1.05

/**
 * How long a server is asked before it is measured, in seconds, where it has waited for the others. V8 gives memory back and
 * throws away compiled code while nobody asks (its memory reducer, after eight seconds): what is compared is servers at
 * work. What is compiled anew is what was called often; misses, of which there are few a second, need longer.
 */
const LEAD_IN_SECONDS = { hit: 1, bypass: 1, miss: 3 } as const

async function measure(comparison: Comparison, contender: Contender, means: Means) {
  const { rival, asking, driver = 'usual' } = contender
  const { field, drivers, effort } = means
  const server = await field.find(rival)
  const { connections = CONNECTIONS, outcome } = comparison
  const runFor = (seconds: number) =>
    runLoad(drivers[driver], { server, asking, connections, seconds })
  const run = () => runFor(effort.seconds)
  if (effort.rounds > 1) await runFor(LEAD_IN_SECONDS[outcome])
  if (!isReprise(rival)) return run()
  const before = await countOutcomes(server, outcome)
  const measured = await run()
  const counted = (await countOutcomes(server, outcome)) - before
  // The load generator drops what is under way at its end.
  if (counted >= measured.requests * 0.9) return measured
  throw new Error(
    `${comparison.title}: ${counted} of ${measured.requests} were a ${outcome} of ${nameOf(contender)}`,
  )
}

async function countOutcomes(server: Server, outcome: Comparison['outcome']): Promise<number> {
  const answer = await fetch(`${server.url}/reprise/stats`)
  const { requests } = (await answer.json()) as { requests: Record<string, number> }
  return requests[outcome] ?? Number.NaN
}

function toRow(name: string, rounds: readonly Measured[]): Row {
  const spread = (figure: 'requestsPerSecond' | 'p50Ms' | 'p99Ms'): Spread =>
    toSpread(rounds.map((one) => one[figure]))
  const median = (figure: 'cpuMicroseconds' | 'busy'): number | undefined => {
    const known = rounds.flatMap((one) => one[figure] ?? [])
    return known.length === 0 ? undefined : toSpread(known).median
  }
  return {
    name,
    rounds,
    requestsPerSecond: spread('requestsPerSecond'),
    p50Ms: spread('p50Ms'),
    p99Ms: spread('p99Ms'),
    cpuMicroseconds: median('cpuMicroseconds'),
    busy: median('busy'),
  }
}
