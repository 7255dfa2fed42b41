import { describe, expect, it } from 'vitest'
import { createPressure } from '../../src/metrics/pressure.ts'
import { createManualClock } from '../support/clock.ts'

interface Limits {
  readonly maxDelayMs?: number
  readonly maxMemoryBytes?: number
}

/** Pressure with readings that a test sets; limits of 200 ms and 1000 bytes, its window open. */
function openPressure(limits: Limits = {}) {
  const clock = createManualClock()
  const readings = {
    delayMs: 0 as number | undefined,
    memoryBytes: 0,
    delayReads: 0,
    memoryReads: 0,
  }
  const pressure = createPressure({
    clock,
    readDelayMs: () => {
      readings.delayReads += 1
      return readings.delayMs
    },
    readMemoryBytes: () => {
      readings.memoryReads += 1
      return readings.memoryBytes
    },
    maxDelayMs: 200,
    maxMemoryBytes: 1000,
    ...limits,
  })
  pressure.isOver()
  /** Half a second on. */
  const askLater = () => {
    clock.advance(500)
    return pressure.isOver()
  }
  return { clock, readings, pressure, askLater }
}

describe('pressure', () => {
  it('is none at the limits', () => {
    const { readings, askLater } = openPressure()
    Object.assign(readings, { delayMs: 200, memoryBytes: 1000 })
    expect(askLater()).toBeUndefined()
  })

  it('is what is over its limit', () => {
    const { readings, askLater } = openPressure()
    Object.assign(readings, { delayMs: 201, memoryBytes: 0 })
    expect(askLater()).toBe('event-loop-delay')
    Object.assign(readings, { delayMs: 0, memoryBytes: 1001 })
    expect(askLater()).toBe('memory')
    Object.assign(readings, { delayMs: 201 })
    expect(askLater()).toBe('event-loop-delay')
    Object.assign(readings, { delayMs: 0, memoryBytes: 0 })
    expect(askLater()).toBeUndefined()
  })

  it('holds for half a second without a further reading, and has no timer', () => {
    const { clock, readings, pressure, askLater } = openPressure()
    readings.delayMs = 300
    askLater()
    const { delayReads } = readings
    readings.delayMs = 0
    clock.advance(499)
    expect(pressure.isOver()).toBe('event-loop-delay')
    expect(readings.delayReads).toBe(delayReads)
    clock.advance(1)
    expect(pressure.isOver()).toBeUndefined()
    expect(clock.pending()).toBe(0)
  })

  it('is none at first, however busy the start was', () => {
    const clock = createManualClock()
    const pressure = createPressure({
      clock,
      readDelayMs: () => 5000,
      readMemoryBytes: () => 0,
      maxDelayMs: 200,
      maxMemoryBytes: 0,
    })
    expect(pressure.isOver()).toBeUndefined()
    clock.advance(500)
    expect(pressure.isOver()).toBe('event-loop-delay')
  })

  it('is there where the loop has not turned for the whole window', () => {
    const { readings, askLater } = openPressure()
    readings.delayMs = undefined
    expect(askLater()).toBe('event-loop-delay')
    expect(openPressure({ maxDelayMs: 500 }).askLater()).toBeUndefined()
  })

  it('is not read where its limit is 0', () => {
    const { readings, askLater } = openPressure({ maxDelayMs: 0, maxMemoryBytes: 0 })
    Object.assign(readings, { delayMs: 1e6, memoryBytes: 1e12 })
    expect(askLater()).toBeUndefined()
    expect([readings.delayReads, readings.memoryReads]).toEqual([0, 0])
  })
})
