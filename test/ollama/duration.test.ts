import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDuration } from '../../src/ollama/duration.ts'

const SECOND = 1_000_000_000n

describe('a duration', () => {
  it.each([
    ['0', 0n],
    ['-0', 0n],
    ['+0', 0n],
    ['0s', 0n],
    ['0h0m0s', 0n],
    ['10m', 600n * SECOND],
    ['+5s', 5n * SECOND],
    ['-1s', -SECOND],
    ['1h30m', 5400n * SECOND],
    ['1.5h', 5400n * SECOND],
    ['1.s', SECOND],
    ['.5s', SECOND / 2n],
    ['1ms', 1_000_000n],
    ['1us', 1_000n],
    ['1µs', 1_000n],
    ['1μs', 1_000n],
    ['1ns', 1n],
    ['0.4ns', 0n],
    ['9223372036854775807ns', 2n ** 63n - 1n],
    ['-9223372036854775808ns', -(2n ** 63n)],
  ])('%s is as Go reads it', (text, nanoseconds) => {
    expect(parseDuration(text)).toBe(nanoseconds)
  })

  it.each([
    '',
    '10',
    '-1',
    '00',
    'abc',
    's',
    '.s',
    '-',
    '1 s',
    '1x',
    '1S',
    '1s ',
    '1m-1s',
    '99999999h',
    '9223372036854775808ns',
    '-9223372036854775809ns',
    '5124095576030431h',
    `${'0'.repeat(200)}1s`,
  ])('%s is none to Go', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })

  it('is the sum of its parts', () => {
    const part = fc.nat(99_999)
    fc.assert(
      fc.property(part, part, part, (hours, minutes, seconds) => {
        const sum = BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds)
        expect(parseDuration(`${hours}h${minutes}m${seconds}s`)).toBe(sum * SECOND)
      }),
    )
  })
})
