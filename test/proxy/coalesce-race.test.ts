import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Air, openAir, toLine } from './support/air.ts'
import type { FakeRun } from './support/fake-run.ts'
import { expectInvariants, expectNothingLeft } from './support/flight-laws.ts'

const client = fc.record({
  model: fc.constantFrom('tiny', 'tiny:latest'),
  /** How many other things are waited for before it leaves; none where it stays. */
  leavesAfter: fc.constantFrom(undefined, undefined, 0, 1, 3),
})

const script = fc.record({
  pieces: fc.array(fc.constantFrom([0, 99], [0, 99], [0, 30], [30, 99]), { maxLength: 4 }),
  last: fc.constantFrom('finish', 'finish', 'reset', 'connect-timeout', 'busy', 'end early'),
})

const story = fc.record({
  clients: fc.array(client, { minLength: 1, maxLength: 6 }),
  /** Of the runs, in the order of their sending; from the last on all are like it. */
  scripts: fc.array(script, { minLength: 1, maxLength: 6 }),
  models: fc.array(fc.constantFrom('loaded' as const, 'loading' as const), { minLength: 1 }),
  concurrency: fc.constantFrom(0, 1),
  finishShare: fc.constantFrom(undefined, 0.25),
})

type Script = typeof script extends fc.Arbitrary<infer S> ? S : never
type Story = typeof story extends fc.Arbitrary<infer S> ? S : never

/** What the origin does in one run, one thing after the other. */
function toActs({ pieces, last }: Script, run: FakeRun, number: number): (() => void)[] {
  const line = toLine(run.model, `answer ${number}`)
  const writing = pieces.map(
    ([from, to]) =>
      () =>
        run.data(line.slice(from, to)),
  )
  if (last === 'busy') return [() => run.connect(), () => run.refuse()]
  if (last === 'connect-timeout') return [() => run.fail('connect-timeout')]
  if (last === 'end early') return [() => run.connect(), () => run.fail('reset')]
  const ending = last === 'finish' ? () => run.finish() : () => run.fail('reset')
  return [() => run.connect(), () => run.head(), ...writing, ending]
}

/** Lets everything happen in whatever order the scheduler chooses, looking at the laws after each thing. */
async function play(scheduler: fc.Scheduler, { clients, scripts, models, ...rules }: Story) {
  const air: Air = openAir({
    ...rules,
    askResidency: () =>
      scheduler.schedule(Promise.resolve(models[air.sent.length % models.length]!)),
  })
  const isFlying = { most: 0 }
  const inOrder = (name: string, acts: readonly (() => void)[]): void => {
    scheduler.scheduleSequence(
      acts.map((act, at) => ({
        label: `${name} ${at}`,
        builder: async () => {
          act()
          expectInvariants(air)
          isFlying.most = Math.max(isFlying.most, air.flights.size)
        },
      })),
    )
  }
  air.origin.onRun = (run) => {
    const number = air.runs.length
    inOrder(`run ${number}`, toActs(scripts[Math.min(number, scripts.length) - 1]!, run, number))
  }
  for (const [at, { model, leavesAfter }] of clients.entries()) {
    const pauses = Array.from({ length: leavesAfter ?? 0 }, () => () => {})
    const own: { leave?: () => void } = {}
    const join = (): void => {
      own.leave = air.join({ model, cap: 4 }).leave
    }
    const leaving = leavesAfter === undefined ? [] : [...pauses, () => own.leave?.()]
    inOrder(`client ${at}`, [join, ...leaving])
  }
  inOrder(
    'clock',
    [4, 10, 30, 60].map((ms) => () => air.clock.advance(ms)),
  )
  await scheduler.waitIdle()
  while (air.clock.pending() > 0) {
    air.clock.advance(100)
    await scheduler.waitIdle()
  }
  return { air, isFlying }
}

describe('joining, leaving and ending in any order', () => {
  it('keeps the laws, tells everybody who stays how it ended, and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), story, async (scheduler, given) => {
        const { air, isFlying } = await play(scheduler, given)
        for (const { isHere, end } of air.riders) if (isHere) expect(end).toBeDefined()
        expect(isFlying.most).toBe(1)
        expectNothingLeft(air)
      }),
      { numRuns: 500 },
    )
  })
})
