import { describe, expect, it } from 'vitest'
import { createGatedOutput, type Sink } from '../../src/cli/log-output.ts'
import { createManualClock } from '../support/clock.ts'

function open() {
  const writes: string[] = []
  const hears: Record<string, () => void> = {}
  const state = { takes: true }
  const sink: Sink = {
    write(text) {
      if (state.takes) writes.push(text)
      else hears.drop?.()
    },
    flushSync() {
      if (!state.takes) throw new Error('nobody reads')
    },
    on(event, hear) {
      hears[event] = hear
    },
  }
  const clock = createManualClock()
  return { writes, hears, state, clock, output: createGatedOutput(clock, sink) }
}

const line = (n: number): string => `{"n":${n}}\n`

describe('the output of the log', () => {
  it('holds everything back until it is opened', () => {
    const { writes, output, clock } = open()
    output.write(line(1))
    clock.advance(1_000)
    expect(writes).toEqual([])
    output.open()
    expect(writes).toEqual([line(1)])
  })

  it('writes what came within 50 ms together, and has no timer while nothing comes', () => {
    const { writes, output, clock } = open()
    output.open()
    for (const n of [1, 2, 3]) output.write(line(n))
    expect([writes, clock.pending()]).toEqual([[], 1])
    clock.advance(50)
    expect([writes, clock.pending()]).toEqual([[line(1) + line(2) + line(3)], 0])
  })

  it('writes at once what is enough for a write of its own', () => {
    const { writes, output } = open()
    output.open()
    for (let n = 0; n < 70; n++) output.write('x'.repeat(1024))
    expect(writes.map(({ length }) => length)).toEqual([65_536])
  })

  it('drops lines that a reader does not take, and counts each', () => {
    const { output, state, clock } = open()
    output.open()
    state.takes = false
    for (const n of [1, 2, 3]) output.write(line(n))
    clock.advance(50)
    output.write(line(4))
    output.flush()
    expect(output.dropped).toBe(4)
  })

  it('is bounded before it is opened too', () => {
    const { writes, output } = open()
    for (let n = 0; n < 1_100; n++) output.write('x'.repeat(1024))
    output.open()
    expect([writes[0]?.length, output.dropped]).toEqual([1024 * 1024, 76])
  })

  it('goes on when the reader has gone', () => {
    const { output, hears, writes } = open()
    output.open()
    hears.error?.()
    output.write(line(1))
    output.flush()
    expect(writes).toEqual([line(1)])
  })
})
