import { Counter, Gauge, type Registry } from 'prom-client'
import type { DurationCounts } from './durations.ts'
import type { Tallies, Tally } from './tally.ts'
import { type HistogramNames, type Labelled, TallyHistogram } from './tally-histogram.ts'

/** Declares what is read of the tallies at a scrape: how many requests there were, how large and how long. */
export function declareRequests(registry: Registry, tallies: Tallies): void {
  declareCounts([registry], tallies)
  const declare = (names: HistogramNames, help: string, read: () => Iterable<Labelled>): void =>
    registry.registerMetric(new TallyHistogram(names, help, read) as never)
  const labelNames = ['endpoint', 'kind', 'outcome']
  declare(
    { name: 'reprise_stage_seconds', labelNames: ['stage', 'outcome'] },
    'What each stage of requests took, by outcome.',
    () => tallies.stages(),
  )
  declare(
    { name: 'reprise_request_duration_seconds', labelNames },
    'From the arrival of the head to the end of the answer.',
    () => tallies.all(),
  )
  declare(
    { name: 'reprise_first_frame_seconds', labelNames },
    'From the arrival of the head to the first frame sent.',
    () => pickDurations(tallies, (tally) => tally.firstFrame),
  )
}

function* pickDurations(
  tallies: Tallies,
  pick: (tally: Tally) => DurationCounts,
): Iterable<Labelled> {
  for (const tally of tallies.all()) yield { labels: tally.labels, duration: pick(tally) }
}

function declareCounts(registers: Registry[], tallies: Tallies): void {
  const declare = <L extends string>(
    names: { readonly name: string; readonly labelNames: readonly L[] },
    help: string,
    pick: (tally: Tally) => number,
  ): void => {
    new Counter({
      ...names,
      help,
      registers,
      collect() {
        this.reset()
        for (const tally of tallies.all()) {
          const kept = names.labelNames.map((label) => [label, tally.labels[label] ?? ''])
          this.inc(Object.fromEntries(kept) as Record<L, string>, pick(tally))
        }
      },
    })
  }
  declare(
    { name: 'reprise_requests_total', labelNames: ['endpoint', 'kind', 'model', 'outcome'] },
    'Requests by endpoint, kind, model and outcome.',
    (tally) => tally.requests,
  )
  declare(
    { name: 'reprise_response_bytes_total', labelNames: ['endpoint', 'outcome'] },
    'Bytes of answer bodies sent to clients.',
    (tally) => tally.bytes,
  )
  declare(
    { name: 'reprise_cancelled_total', labelNames: ['endpoint', 'kind', 'outcome'] },
    'Requests whose client left before its answer was out.',
    (tally) => tally.cancelled,
  )
  new Gauge({
    name: 'reprise_requests_in_flight',
    help: 'Requests that have begun and not ended.',
    registers,
    collect() {
      this.set(tallies.inFlight.count)
    },
  })
}
