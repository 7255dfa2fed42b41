import { describe, expect, it } from 'vitest'
import { createGatedOutput, type Sink } from '../../src/cli/log-output.ts'
import { createManualClock } from '../support/clock.ts'

function open() {
  const writes: string[] = []
  const hears: Record<string, (bytes: number) => void> = {}
  const state = { takes: true }
  const sink: Sink = {
    write(bytes) {
      if (state.takes) writes.push(bytes.toString())
      else hears.drop?.(0)
    },
    flushSync() {
      if (!state.takes) throw new Error('nobody reads')
    },
    on(event: string, hear: (bytes: number) => void) {
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

  it('writes at once what is enough for a write of its own, each line whole', () => {
    const { writes, output, clock } = open()
    output.open()
    const lines = Array.from({ length: 280 }, (_, n) => `${n}${'é'.repeat(500)}\n`)
    for (const each of lines) output.write(each)
    expect(writes).toHaveLength(1)
    expect(writes[0]?.endsWith('\n')).toBe(true)
    clock.advance(50)
    expect(writes.join('')).toBe(lines.join(''))
  })

  it('takes bytes as they are at that moment, and between lines', () => {
    const { writes, output, clock } = open()
    output.open()
    const bytes = Buffer.from('{"ms":1}\n')
    output.writeBytes?.(bytes)
    bytes[6] = 50
    output.write(line(3))
    output.writeBytes?.(bytes)
    clock.advance(50)
    expect(writes).toEqual([`{"ms":1}\n${line(3)}{"ms":2}\n`])
  })

  it('writes into memory again that has been written, and not before', () => {
    const taken: Buffer[] = []
    const copies: string[] = []
    let tell: (bytes: number) => void = () => {}
    const sink: Sink = {
      write(bytes) {
        taken.push(bytes)
        copies.push(bytes.toString())
      },
      flushSync() {},
      on(event: string, hear: (bytes: number) => void) {
        if (event === 'write') tell = hear
      },
    }
    const clock = createManualClock()
    const output = createGatedOutput(clock, sink)
    output.open()
    const memoryOf = (i: number) => taken[i]?.buffer
    for (let n = 0; n < 6; n++) {
      output.write(line(n))
      clock.advance(50)
      // The third write is the first that the disk is done with.
      if (n >= 2) tell(line(0).length)
      const unwritten = taken.slice(Math.max(0, n - 1)).map(String)
      expect(unwritten).toEqual(copies.slice(Math.max(0, n - 1)))
    }
    expect(copies).toEqual([0, 1, 2, 3, 4, 5].map(line))
    expect(new Set(taken.map((_, i) => memoryOf(i))).size).toBeGreaterThan(2)
    tell(10 * line(0).length)
    for (let n = 6; n < 10; n++) {
      output.write(line(n))
      clock.advance(50)
      tell(line(n).length)
    }
    expect(memoryOf(9)).toBe(memoryOf(7))
    expect(new Set(taken.map((_, i) => memoryOf(i))).size).toBe(
      new Set(taken.slice(0, 6).map((_, i) => memoryOf(i))).size,
    )
  })

  it('takes a line that is larger than any batch', () => {
    const { writes, output } = open()
    output.open()
    const lines = [line(1), `${'漢'.repeat(100_000)}\n`, line(2)]
    for (const each of lines) output.write(each)
    output.flush()
    expect(writes.join('')).toBe(lines.join(''))
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
    expect([writes.join('').length, output.dropped]).toEqual([1024 * 1024, 76])
  })

  it('goes on when the reader has gone', () => {
    const { output, hears, writes } = open()
    output.open()
    hears.error?.(0)
    output.write(line(1))
    output.flush()
    expect(writes).toEqual([line(1)])
  })
})
