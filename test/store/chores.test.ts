import { describe, expect, it } from 'vitest'
import { type Chore, type ChoreHooks, createChores } from '../../src/store/chores.ts'
import { createManualClock } from '../support/clock.ts'

/** A clock on which each step of a chore takes so long. */
function createSteppingClock() {
  const clock = createManualClock()
  let worked = 0
  return {
    ...clock,
    monotonic: () => worked,
    work: (ms: number) => {
      worked += ms
    },
  }
}

function* count(to: number, onStep: () => void): Chore<number> {
  for (let step = 0; step < to; step++) {
    onStep()
    yield
  }
  return to
}

const UNHEARD: ChoreHooks = { onSlice() {}, yieldCore() {} }

describe('chores', () => {
  it('are done in slices under 5 ms, with time for others in between', async () => {
    const clock = createSteppingClock()
    const slices: number[] = []
    let begunAt = 0
    const chores = createChores(clock, {
      ...UNHEARD,
      onSlice() {
        slices.push(clock.monotonic() - begunAt)
        begunAt = clock.monotonic()
      },
    })
    const done = chores.run(count(100, () => clock.work(0.9)))
    while (clock.pending() > 0) {
      const before = slices.length
      clock.advance(0)
      expect(slices.length).toBeGreaterThan(before)
    }
    expect(await done).toBe(100)
    expect(slices.length).toBeGreaterThan(15)
    expect(Math.max(...slices)).toBeLessThan(5)
  })

  it('give the core away between two steps, but not when nothing is left to do', async () => {
    const clock = createSteppingClock()
    const seen: string[] = []
    const chores = createChores(clock, { ...UNHEARD, yieldCore: () => void seen.push('yield') })
    const done = chores.run(count(3, () => seen.push('step')))
    while (clock.pending() > 0) clock.advance(0)
    await done
    expect(seen).toEqual(['step', 'yield', 'step', 'yield', 'step', 'yield'])
  })

  it('take turns, so that a long one does not keep a short one waiting', async () => {
    const clock = createSteppingClock()
    const chores = createChores(clock, UNHEARD)
    let steps = 0
    void chores.run(count(1_000, () => clock.work(1)))
    const short = chores.run(count(3, () => steps++))
    clock.advance(0)
    clock.advance(0)
    expect(await short).toBe(3)
    expect(steps).toBe(3)
  })

  it('that throw fail alone', async () => {
    const clock = createManualClock()
    const chores = createChores(clock, UNHEARD)
    const failing = expect(
      chores.run(
        count(2, () => {
          throw new RangeError('on purpose')
        }),
      ),
    ).rejects.toThrow('on purpose')
    const other = chores.run(count(2, () => {}))
    clock.advance(0)
    await failing
    expect(await other).toBe(2)
  })

  it('stop', () => {
    const clock = createManualClock()
    const chores = createChores(clock, UNHEARD)
    void chores.run(count(2, () => expect.unreachable('it was stopped')))
    chores.stop()
    expect(clock.pending()).toBe(0)
  })
})
