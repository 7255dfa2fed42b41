import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STAGE_NAMES, type Stages } from '../../src/metrics/stages.ts'
import { createTimingLine } from '../../src/proxy/timing-line.ts'

const toStages = (all: readonly number[]): Stages => STAGE_NAMES.map((_, i) => all[i] ?? 0)

/** Times of stages: many are not gone through, most are short. */
const times = fc.tuple(
  ...STAGE_NAMES.map(() =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(0) },
      { weight: 3, arbitrary: fc.double({ min: 0.001, max: 3, noNaN: true }) },
      { weight: 1, arbitrary: fc.double({ min: 9.9, max: 11, noNaN: true }) },
    ),
  ),
)

describe('a line of times', () => {
  it('is, after other times were written over it, the line of those', () => {
    let overwritten = 0
    fc.assert(
      fc.property(times, times, fc.nat(20), (first, second, at) => {
        const line = createTimingLine(toStages(first))
        const bytes = Buffer.from(' '.repeat(at) + line.text)
        // The same stages in half of the cases.
        const next = second.map((ms, i) => ((first[i] === 0) === (ms === 0) ? ms : (first[i] ?? 0)))
        if (!line.overwrite(bytes, at, toStages(next))) return
        overwritten += 1
        expect(bytes.toString().slice(at)).toBe(createTimingLine(toStages(next)).text)
      }),
      { numRuns: 1000 },
    )
    expect(overwritten).toBeGreaterThan(100)
  })

  it('cannot be written over by times of other stages, or by longer ones', () => {
    const line = createTimingLine(toStages([1, 2]))
    const bytes = Buffer.from(line.text)
    for (const other of [[1], [1, 2, 3], [1, 11], [6, 6]]) {
      expect(line.overwrite(bytes, 0, toStages(other))).toBe(false)
    }
  })
})
