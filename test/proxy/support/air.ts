import { createDurationCounts, GAP_BOUNDS } from '../../../src/metrics/durations.ts'
import type { ModelState } from '../../../src/models/residency.ts'
import type { RefusalReason } from '../../../src/outcome.ts'
import { createFlights, type FlightsOptions } from '../../../src/proxy/flights.ts'
import { createQueue } from '../../../src/proxy/queue.ts'
import { createManualClock } from '../../support/clock.ts'
import { type Asked, createExchange } from './exchanges.ts'
import { FakeRun } from './fake-run.ts'
import { nameEnd } from './machine.ts'
import { type Rider, takeSeat } from './rider.ts'

/** What a test may set. */
export type AirRules = Partial<FlightsOptions> & { readonly concurrency?: number }

/** Flights over the real queue, with a clock moved by hand and an origin that does what the test says. */
export function openAir({ concurrency = 0, ...given }: AirRules = {}) {
  const clock = createManualClock()
  const queue = createQueue({ clock, concurrency, maxDepth: 256, maxWaitMs: 0, groupTurns: 0 })
  const runs: FakeRun[] = []
  const riders: Rider[] = []
  /** `tiny first` for each run that was sent. */
  const sent: string[] = []
  const ends: string[] = []
  /** What was handed over for judgement, with the run that made it; nothing is kept of what broke off. */
  const commits: { readonly kept: string | undefined; readonly run: FakeRun | undefined }[] = []
  const questions: ((answer: ModelState) => void)[] = []
  const origin: { refusal?: RefusalReason | undefined; onRun?: (run: FakeRun) => void } = {}
  const gaps = createDurationCounts(GAP_BOUNDS)
  const slot = { leave: () => {} }
  const flights = createFlights({
    clock,
    queue,
    loadGraceMs: 50,
    finishShare: undefined,
    maxBytes: 1_000_000,
    maxTotalBytes: 1_000_000,
    pseudonym: 'test',
    takeRetry: () => true,
    backOffMs: () => 10,
    upstream: {
      run(request, sink) {
        const run = new FakeRun(request, sink)
        runs.push(run)
        origin.onRun?.(run)
        return run
      },
    },
    commit(recording) {
      const kept = recording.end?.kind === 'ended' ? recording.kept() : undefined
      commits.push({ kept: kept && Buffer.concat(kept).toString(), run: runs.at(-1) })
    },
    askResidency: () => new Promise((answer) => questions.push(answer)),
    findRefusal: () => origin.refusal,
    findOverload: () => undefined,
    retryAfterSeconds: () => 7,
    toGroup: () => '',
    onSent: ({ model }, why) => void sent.push(`${model} ${why}`),
    gapsOf: () => gaps,
    onAnswered: () => {},
    onFailed: () => {},
    onRefused: () => {},
    random: () => 0.5,
    onOver: (end) => void ends.push(nameEnd(end)),
    ...given,
  })

  function join(asked: Asked = {}, pace?: 'quick' | 'slow'): Rider {
    const { model = 'tiny' } = asked
    const rider = takeSeat(flights.join(createExchange(asked)), model, pace)
    riders.push(rider)
    return rider
  }

  return {
    ...{ clock, queue, flights, runs, riders, sent, ends, commits, questions, origin, join },
    refresh: (asked?: Asked) => flights.refresh(createExchange(asked)),
    /** Somebody else takes the slot, and gives it back. */
    takeSlot(): void {
      const waiter = { client: 'other', group: '', lane: 'foreground' as const }
      const ticket = queue.enter({ ...waiter, start: () => {}, refuse: () => {} })
      slot.leave = () => ticket.leave()
    },
    giveSlot: (): void => slot.leave(),
    /** The run that was sent last. */
    run: (): FakeRun => runs.at(-1)!,
    /** Answers the oldest question about a model; it has been heard when the promise settles. */
    async answer(state: ModelState): Promise<void> {
      questions.shift()?.(state)
      await Promise.resolve()
    },
  }
}

/** Flights with everything around them. */
export type Air = ReturnType<typeof openAir>

/** A line of a generation, as the origin writes it for the model as it was asked for. */
export function toLine(model: string, response: string): string {
  return `${JSON.stringify({ model, response })}\n`
}
