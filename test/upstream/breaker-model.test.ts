import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BreakerState } from '../../src/upstream/breaker.ts'
import {
  ABORTED,
  type BreakerBench,
  CUT,
  createBreakerBench,
  REFUSED,
  RESET,
} from './support/breaker.ts'

/** What a breaker is to do, said plainly: a history, and an instant. */
interface Model {
  state: BreakerState
  /** Results since it was closed last. */
  history: ('good' | 'bad')[]
  openings: number
  dueAt: number
  /** For each probe under way, whether it is the one that is listened to. */
  probes: { counts: boolean }[]
  changes: BreakerState[]
}

type Action =
  | { do: 'succeed' }
  | { do: 'fail'; failure: typeof REFUSED | typeof RESET | typeof ABORTED | typeof CUT }
  | { do: 'advance'; ms: number }
  | { do: 'settle'; isBack: boolean }

const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Action>({ do: 'succeed' }) },
  {
    weight: 12,
    arbitrary: fc
      .constantFrom(REFUSED, RESET, REFUSED, RESET, ABORTED, CUT)
      .map((failure): Action => ({ do: 'fail', failure })),
  },
  { weight: 4, arbitrary: fc.nat(70_000).map((ms): Action => ({ do: 'advance', ms })) },
  { weight: 3, arbitrary: fc.boolean().map((isBack): Action => ({ do: 'settle', isBack })) },
)

function enter(model: Model, state: BreakerState): void {
  model.state = state
  model.changes.push(state)
  for (const probe of model.probes) probe.counts = false
}

function close(model: Model): void {
  model.history = []
  model.openings = 0
  enter(model, 'closed')
}

function open(model: Model, nowMs: number, random: number): void {
  const seconds = [5, 10, 20, 40, 60][Math.min(model.openings, 4)]!
  model.dueAt = nowMs + Math.min(60_000, seconds * 1_000 * (0.8 + 0.4 * random))
  model.openings += 1
  enter(model, 'open')
}

function isTooBad(history: readonly string[]): boolean {
  const bad = history.slice(-20).filter((result) => result === 'bad').length
  return bad > 10 || (history.length >= 5 && history.slice(-5).every((result) => result === 'bad'))
}

function predict(model: Model, action: Action, nowMs: number, random: number): void {
  if (action.do === 'succeed') {
    if (model.state === 'closed') model.history.push('good')
    else close(model)
  } else if (action.do === 'fail') {
    const counts = action.failure === REFUSED || action.failure === RESET
    if (model.state !== 'closed' || !counts) return
    model.history.push('bad')
    if (isTooBad(model.history)) open(model, nowMs, random)
  } else if (action.do === 'advance') {
    if (model.state !== 'open' || nowMs + action.ms < model.dueAt) return
    enter(model, 'half-open')
    model.probes.push({ counts: true })
  } else if (model.probes.shift()?.counts === true) {
    if (action.isBack) close(model)
    else open(model, nowMs, random)
  }
}

async function perform({ breaker, clock, settle }: BreakerBench, action: Action): Promise<void> {
  if (action.do === 'succeed') breaker.succeed()
  else if (action.do === 'fail') breaker.fail(action.failure)
  else if (action.do === 'advance') clock.advance(action.ms)
  else await settle(action.isBack)
}

function createModel(): Model {
  return { state: 'closed', history: [], openings: 0, dueAt: 0, probes: [], changes: [] }
}

describe('a breaker', () => {
  it('does what its model does, with one timer while open and none otherwise', async () => {
    const run = async (sequence: Action[], random: number): Promise<void> => {
      const bench = createBreakerBench(random)
      const { breaker, clock } = bench
      const model = createModel()
      for (const action of sequence) {
        predict(model, action, clock.monotonic(), random)
        await perform(bench, action)
        expect([breaker.state, bench.changes]).toEqual([model.state, model.changes])
        expect(bench.probes).toHaveLength(model.probes.length)
        expect(clock.pending()).toBe(model.state === 'open' ? 1 : 0)
        const waitSeconds = (model.dueAt - clock.monotonic()) / 1_000
        const expected = model.state === 'open' ? Math.max(1, Math.ceil(waitSeconds)) : 1
        expect(breaker.retryAfterSeconds).toBe(expected)
      }
    }
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    await fc.assert(fc.asyncProperty(fc.array(actions, { maxLength: 120 }), chance, run))
  })

  it('closed for good, changes no more and leaves no timer, whatever comes', async () => {
    const sequences = fc.array(actions, { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(sequences, sequences, async (before, after) => {
        const bench = createBreakerBench()
        for (const action of before) await perform(bench, action)
        bench.breaker.close()
        const changes = [...bench.changes]
        for (const action of after) await perform(bench, action)
        expect([bench.changes, bench.clock.pending()]).toEqual([changes, 0])
      }),
    )
  })
})
