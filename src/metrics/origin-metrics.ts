import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { type Counted, declareCounted } from './counted.ts'
import { MODEL_BOUNDS } from './durations.ts'

/** What is read at each scrape of what happens between a miss and the origin. */
export interface OriginState {
  /** Requests that wait for a slot. */
  readonly queueDepth: number
  /** Runs that are at the origin now. */
  readonly running: number
  /** Flights that have not ended, waiting ones included. */
  readonly flights: number
  readonly breaker: 'closed' | 'open' | 'half-open'
}

/** Metrics of flights, the queue and the origin. */
export interface OriginMetrics {
  readonly upstreamErrors: Counter<'reason'>
  readonly flightEnds: Counted
  readonly cancelled: Counter<'during'>
  readonly repeats: Counter<'reason'>
  readonly refusals: Counter<'reason'>
  readonly queueWait: Histogram
  readonly reloadSwitches: Counter<'model'>
  readonly stalledClients: Counter
}

/** Declares them. */
export function declareOrigin(registers: Registry[], state: () => OriginState): OriginMetrics {
  declareState(registers, state)
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers })
  return {
    upstreamErrors: counter(
      'reprise_upstream_errors_total',
      'Requests to the origin that failed, by reason.',
      ['reason'] as const,
    ),
    flightEnds: declareCounted(
      { name: 'reprise_flights_total', label: 'end', registers },
      'Flights that have ended, by their end.',
    ),
    cancelled: counter(
      'reprise_runs_cancelled_total',
      'Flights that were called off because everybody who wanted them had left, by how far they had come.',
      ['during'] as const,
    ),
    repeats: counter(
      'reprise_run_repeats_total',
      'Runs that were sent a second time: for a follower (promoted), for the same client (retried), after a full queue of the origin (busy).',
      ['reason'] as const,
    ),
    refusals: counter(
      'reprise_refusals_total',
      'Requests that were not let through to the origin, by reason.',
      ['reason'] as const,
    ),
    queueWait: new Histogram({
      name: 'reprise_queue_wait_seconds',
      help: 'What flights waited for a slot.',
      buckets: [...MODEL_BOUNDS],
      registers,
    }),
    reloadSwitches: counter(
      'reprise_reload_switches_total',
      'Runs with other load options than the run before on the same model: Ollama reloads it.',
      ['model'] as const,
    ),
    stalledClients: counter(
      'reprise_stalled_clients_total',
      'Clients that were cut off because they took nothing for a minute.',
      [],
    ),
  }
}

function declareState(registers: Registry[], state: () => OriginState): void {
  const gauge = (name: string, help: string, read: (now: OriginState) => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(state()))
      },
    })
  }
  gauge('reprise_queue_depth', 'Requests that wait for a slot.', (now) => now.queueDepth)
  gauge('reprise_runs_in_flight', 'Runs that are at the origin now.', (now) => now.running)
  gauge('reprise_flights_open', 'Flights that have not ended.', (now) => now.flights)
  gauge(
    'reprise_breaker_open',
    '1 while the origin is left alone because it failed too often, else 0.',
    (now) => (now.breaker === 'closed' ? 0 : 1),
  )
}
