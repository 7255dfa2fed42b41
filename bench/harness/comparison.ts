import type { Field, ServerName } from './field.ts'
import { type Asking, type Measured, prime, runLoad } from './load.ts'
import { type Spread, toSpread } from './statistics.ts'

/** One thing that every server is asked for under load. */
export interface Scenario {
  readonly title: string
  /** What happens in practice that this stands for. */
  readonly standsFor: string
  /** What Reprise must count these requests as; the measurement is void otherwise. */
  readonly outcome: 'hit' | 'miss' | 'bypass'
  readonly servers: readonly ServerName[]
  /** What a server is asked so that it sends the same answer as the others. */
  asking(server: ServerName): Asking
}

/** One line of the table. */
export interface Row {
  readonly server: ServerName
  readonly requestsPerSecond: Spread
  readonly cpuMicroseconds: number | undefined
  readonly p99Ms: number
  /** Requests per second by those of the other in the same round. */
  readonly ratios: Partial<Record<'fastify' | 'origin', Spread>>
}

/** Rounds, and how long each server is asked in each. */
export interface Effort {
  readonly rounds: number
  readonly seconds: number
  readonly pairs: number
}

/** Asks all servers in turn, round after round, each round beginning with the next one. */
export async function compare(scenario: Scenario, field: Field, effort: Effort): Promise<Row[]> {
  const { servers } = scenario
  const rounds: Map<ServerName, Measured>[] = []
  for (const server of servers) {
    if (scenario.outcome === 'hit') await prime(field.servers[server], scenario.asking(server))
    await measure(server, scenario, field, WARM_UP_SECONDS)
  }
  for (let round = 0; round < effort.rounds; round += 1) {
    const measured = new Map<ServerName, Measured>()
    for (let turn = 0; turn < servers.length; turn += 1) {
      const server = servers[(round + turn) % servers.length] as ServerName
      measured.set(server, await measure(server, scenario, field, effort.seconds))
    }
    rounds.push(measured)
  }
  return servers.map((server) => toRow(server, rounds))
}

const WARM_UP_SECONDS = 1

async function measure(name: ServerName, scenario: Scenario, field: Field, seconds: number) {
  const server = field.servers[name]
  if (!name.startsWith('reprise')) return runLoad(server, scenario.asking(name), seconds)
  const before = await countOutcomes(server.url, scenario.outcome)
  const measured = await runLoad(server, scenario.asking(name), seconds)
  const counted = (await countOutcomes(server.url, scenario.outcome)) - before
  // Rotating questions are misses once; the load generator drops what is under way at its end.
  if (counted >= measured.requests * 0.9 || seconds === WARM_UP_SECONDS) return measured
  throw new Error(
    `${scenario.title}: ${counted} of ${measured.requests} were a ${scenario.outcome}`,
  )
}

async function countOutcomes(url: string, outcome: Scenario['outcome']): Promise<number> {
  const answer = await fetch(`${url}/reprise/stats`)
  const { requests } = (await answer.json()) as { requests: Record<string, number> }
  return requests[outcome] ?? Number.NaN
}

function toRow(server: ServerName, rounds: readonly Map<ServerName, Measured>[]): Row {
  const own = rounds.map((round) => round.get(server) as Measured)
  const cpu = own.flatMap(({ cpuMicroseconds }) => cpuMicroseconds ?? [])
  const toRatio = (other: ServerName) =>
    toSpread(
      own.map(
        ({ requestsPerSecond }, index) =>
          requestsPerSecond / (rounds[index]?.get(other)?.requestsPerSecond ?? Number.NaN),
      ),
    )
  return {
    server,
    requestsPerSecond: toSpread(own.map(({ requestsPerSecond }) => requestsPerSecond)),
    cpuMicroseconds: cpu.length === 0 ? undefined : toSpread(cpu).median,
    p99Ms: toSpread(own.map(({ p99Ms }) => p99Ms)).median,
    ratios: { fastify: toRatio('fastify'), origin: toRatio('origin') },
  }
}
