import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createInstantReader, createInstantWriter } from '../../src/ollama/instant.ts'
import { STREAMS, toLines } from './recorded-frames.ts'

const reader = createInstantReader()
const writer = createInstantWriter()

function read(text: string) {
  const bytes = Buffer.from(`"${text}"`)
  if (!reader.read(bytes, 1, bytes.length - 1)) return undefined
  return { seconds: reader.seconds, nanos: reader.nanos }
}

function write(seconds: number, nanos: number): string {
  const target = Buffer.alloc(40)
  return target.toString('latin1', 0, writer.write(target, 0, seconds, nanos))
}

const RECORDED = STREAMS.flatMap(({ exchange }) => toLines(exchange.response.body)).map(
  (line) => (JSON.parse(line.toString()) as { created_at: string }).created_at,
)

describe('an instant', () => {
  it.each([
    ['2026-11-22T20:33:02.123456789Z', 123_456_789],
    ['2026-11-22T20:33:02.1Z', 100_000_000],
    ['2026-11-22T20:33:02.000000001Z', 1],
    ['2026-11-22T20:33:02Z', 0],
  ])('%s is so many nanoseconds past its second: %i', (text, nanos) => {
    expect(read(text)).toEqual({ seconds: Date.UTC(2026, 10, 22, 20, 33, 2) / 1000, nanos })
  })

  it('is read as it was written, and written as it was read', () => {
    const seconds = fc.integer({ min: 0, max: 2 ** 32 - 1 })
    const nanos = fc.oneof(
      fc.nat(999_999_999),
      fc.nat(999).map((ms) => ms * 1_000_000),
    )
    fc.assert(
      fc.property(seconds, nanos, (s, n) => {
        expect(read(write(s, n))).toEqual({ seconds: s, nanos: n })
      }),
    )
  })

  it('of every recorded frame comes out as it went in', () => {
    expect(RECORDED.length).toBeGreaterThan(500)
    for (const text of RECORDED) {
      const { seconds = -1, nanos = -1 } = read(text) ?? {}
      expect(write(seconds, nanos)).toBe(text)
    }
  })

  it.each([
    '2026-11-22T20:33:02.120Z',
    '2026-11-22T20:33:02.Z',
    '2026-11-22T20:33:02.1234567891Z',
    '2026-11-22T20:33:02.12345678xZ',
    '2026-11-22T20:33:02,5Z',
    '2026-11-22T20:33:02.5',
    '2026-11-22T20:33:02.5+01:00',
    '2026-11-22t20:33:02.5Z',
    '2026-11-22 20:33:02.5Z',
    '2026-13-22T20:33:02.5Z',
    '2026-02-30T20:33:02.5Z',
    '2026-11-22T24:00:00.5Z',
    '2026-11-22T20:33:60.5Z',
    '1969-12-31T23:59:59Z',
    '2106-02-07T06:28:16Z',
    '0001-01-01T00:00:00Z',
    '+02026-11-22T20:33:0Z',
    '2026-11-22T20:33Z',
    '',
    'Z',
  ])('is not what %j is', (text) => {
    expect(read('2026-11-22T20:33:02.5Z')).toBeDefined()
    expect(read(text)).toBeUndefined()
  })
})
