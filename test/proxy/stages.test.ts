import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STAGE_NAMES, type Stages, toServerTiming, toShares } from '../../src/metrics/stages.ts'
import { type Timeline, toStages } from '../../src/proxy/stages.ts'

const totals = {
  promptTokens: 3,
  tokens: 5,
  costMs: 36_131,
  promptMs: 310,
  loadMs: 1045,
  doneReason: 'stop',
}

const MISS: Timeline = {
  startedAt: 1000,
  finishedAt: 38_458,
  steps: { receive: 1001, fingerprint: 1002, lookup: 1003, join: 1004 },
  flight: { admittedAt: 1015, sentAt: 1016, answeredAt: 2600, endedAt: 38_421, storedAt: 38_423 },
  totals,
}

/** The times in a line, the total first. */
const readTimes = (line: string): number[] =>
  [...line.matchAll(/[a-z] ([\d.]+)/g)].map(([, ms]) => Number(ms))

const sum = (timeline: Timeline): number => {
  const stages = toStages(timeline)
  return stages.reduce((total, ms) => total + ms, 0)
}

const byName = (stages: Stages) =>
  Object.fromEntries(STAGE_NAMES.map((name, i) => [name, stages[i]]))

describe('the stages of a request', () => {
  it('are the gaps between the instants, with what the origin says of the wait', () => {
    expect(byName(toStages(MISS))).toEqual({
      receive: 1,
      key: 1,
      lookup: 1,
      queue: 12,
      connect: 1,
      load: 1045,
      prompt: 310,
      firstFrame: 229,
      generate: 35_821,
      store: 2,
      deliver: 35,
    })
  })

  it('are one line for a person', () => {
    expect(toShares(toStages(MISS))).toBe(
      'total 37458 ms · queue 12 (0 %) · load 1045 (3 %) · prompt 310 (1 %) · generate 35821 (96 %) · other 270 (1 %)',
    )
  })

  it('are told in hundredths where they are short, and what is told adds up', () => {
    const steps = { receive: 0.126, fingerprint: 0.333, lookup: 0.4 }
    const flight = { admittedAt: 1.005, sentAt: 2.335, answeredAt: 12, endedAt: 20.005 }
    const short = { ...MISS, startedAt: 0, finishedAt: 20.016, steps, flight, totals: undefined }
    const line = toShares(toStages(short))
    expect(line).toBe(
      'total 20.02 ms · queue 0.6 (3 %) · load 0 (0 %) · prompt 0 (0 %) · generate 8.01 (40 %) · other 11.41 (57 %)',
    )
  })

  it('add up as they are told, whatever they are', () => {
    const ms = fc.double({ min: 0, max: 1e5, noNaN: true })
    fc.assert(
      fc.property(fc.tuple(...STAGE_NAMES.map(() => ms)), (all) => {
        const [total = 0, ...parts] = readTimes(toShares(all))
        const told = parts.reduce((sum, part) => sum + part, 0)
        expect(Math.abs(told - total)).toBeLessThan(0.001)
      }),
    )
  })

  it('are a value of Server-Timing as far as they took time', () => {
    expect(toServerTiming(toStages({ ...MISS, finishedAt: 1010, totals: undefined }), 3)).toBe(
      'receive;dur=1.00, key;dur=1.00, lookup;dur=1.00, queue;dur=7.00;desc="behind 3", total;dur=10.00',
    )
  })

  it('of one that left while it waited are all waiting', () => {
    const left = { ...MISS, flight: {}, totals: undefined, finishedAt: 5003 }
    expect(byName(toStages(left))).toMatchObject({
      queue: 4000,
      connect: 0,
      generate: 0,
      deliver: 0,
    })
  })

  it('of a follower begin when it joined: what the flight had behind it belongs to others', () => {
    const late = { ...MISS, startedAt: 30_000, steps: { receive: 30_001, lookup: 30_002 } }
    expect(byName(toStages(late))).toMatchObject({ queue: 0, load: 0, prompt: 0, generate: 8419 })
  })

  it('of a hit are ours alone', () => {
    const steps = { receive: 1, fingerprint: 3, lookup: 4, replay: 5 }
    const hit = { startedAt: 0, finishedAt: 9, steps, flight: undefined, totals: undefined }
    expect(byName(toStages(hit))).toMatchObject({
      receive: 1,
      key: 2,
      lookup: 1,
      deliver: 5,
      generate: 0,
    })
  })

  it('add up to the total, whatever was reached and in whatever order', () => {
    const instant = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined })
    const flight = fc.option(
      fc.record({ admittedAt: instant, sentAt: instant, answeredAt: instant, endedAt: instant }),
      { nil: undefined },
    )
    const steps = fc.record({ receive: instant, fingerprint: instant, lookup: instant })
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        flight,
        steps,
        (end, ride, done) => {
          const known = Object.entries(done).filter(([, at]) => at !== undefined)
          const timeline = { startedAt: 0, finishedAt: end, totals, flight: ride }
          expect(sum({ ...timeline, steps: Object.fromEntries(known) })).toBeCloseTo(end, 5)
        },
      ),
    )
  })
})
