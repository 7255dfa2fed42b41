import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toRow } from '../../src/ollama/frames.ts'
import { prepareTemplate, render } from '../../src/ollama/splice.ts'
import { createCompletion, type MakeBody, toStamp } from '../../src/proxy/complete.ts'
import type { Inquiry } from '../../src/proxy/exchange.ts'
import type { Entry } from '../../src/store/store.ts'

const START = Date.UTC(2026, 5, 1)
const TYPE = 'application/x-ndjson'
const FRAMES = ['a', 'b', 'c'].map((text) =>
  Buffer.from(`{"model":"m","created_at":"2026-01-01T00:00:00Z","response":"${text}"}\n`),
)
const template = prepareTemplate(FRAMES.map(toRow))

type Framing = 'chunked' | 'length'

const toMake =
  (framing: Framing): MakeBody =>
  (values) =>
    render(template, framing === 'chunked' ? 'chunked' : 'plain', toStamp(values))

const complete = (framing: Framing, make = toMake(framing)) =>
  createCompletion(
    { status: 200, headers: [['Content-Type', TYPE]], body: 'frames' },
    framing,
    make,
  )

/** One hit: who asks, when, and what of it is told. */
interface Hit {
  readonly model: string
  readonly tier: 'memory' | 'sqlite'
  readonly applied: readonly string[]
  readonly timing: 'on' | 'off'
  /** Wall time, in ms since the start. */
  readonly at: number
  readonly ttlSeconds: number
  /** Monotonic ends of the steps and of all, in ms. */
  readonly steps: readonly number[]
}

const toInquiry = ({ tier, applied, timing, ttlSeconds, steps }: Hit): Inquiry =>
  ({
    timings: { startedAt: 0, steps: { fingerprint: steps[0], lookup: steps[1] } },
    serverTiming: timing,
    outcome: { kind: 'hit', tier, ttlSeconds },
    question: { applied },
    found: { tier, entry: { storedAt: START } as Entry },
  }) as unknown as Inquiry

const give = (completion: ReturnType<typeof complete>, hit: Hit) =>
  completion.complete(
    toInquiry(hit),
    { model: hit.model, now: START + hit.at, random: () => 0 },
    { monotonic: () => hit.steps[2] ?? 0 },
  )

const HIT: Hit = {
  model: 'm',
  tier: 'memory',
  applied: ['num_thread=6'],
  timing: 'on',
  at: 1_234,
  ttlSeconds: 1_000,
  steps: [0.1, 0.2, 0.3],
}

const instant = fc.oneof(
  fc.integer({ min: 0, max: 30 }),
  fc.integer({ min: 0, max: 200_000 }),
  fc.integer({ min: 0, max: 200 }).map((seconds) => seconds * 1_000),
)

const anyHit: fc.Arbitrary<Hit> = fc.record({
  model: fc.constantFrom('m', 'm', 'm', 'other:7b', 'm:late'),
  tier: fc.constantFrom('memory', 'memory', 'sqlite'),
  applied: fc.constantFrom(['num_thread=6'], ['num_thread=6'], []),
  timing: fc.constantFrom('on', 'on', 'on', 'off'),
  at: instant,
  ttlSeconds: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 900, max: 1_100 })),
  steps: fc
    .array(fc.integer({ min: 0, max: 400 }), { minLength: 3, maxLength: 3 })
    .map((each) => each.toSorted((one, other) => one - other).map((ms) => ms / 40)),
})

describe.each(['chunked', 'length'] as const)(
  'an answer written over the one before (%s)',
  (framing) => {
    it('is the answer that would have been made, whatever was given before', () => {
      fc.assert(
        fc.property(fc.array(anyHit, { minLength: 1, maxLength: 12 }), (hits) => {
          const kept = complete(framing)
          for (const hit of hits) {
            const given = give(kept, hit)
            const made = give(complete(framing), hit)
            expect(given.bytes.toString('latin1')).toBe(made.bytes.toString('latin1'))
            expect(given.bodyBytes).toBe(made.bodyBytes)
          }
        }),
        { numRuns: 500 },
      )
    })

    it('stands in the same memory, milliseconds and seconds later', () => {
      const kept = complete(framing)
      const first = give(kept, HIT).bytes
      expect(give(kept, { ...HIT, at: 1_235 }).bytes).toBe(first)
      expect(give(kept, { ...HIT, at: 9_876, ttlSeconds: 1_009 }).bytes).toBe(first)
      expect(first.toString()).toMatch(/Age: 9\r\n[\s\S]*Date: Mon, 01 Jun 2026 00:00:09 GMT/)
    })

    it('leaves alone what was given up', () => {
      const kept = complete(framing)
      const first = give(kept, HIT).bytes
      const copy = Buffer.from(first)
      kept.giveUp()
      give(kept, { ...HIT, at: 5_678 })
      give(kept, { ...HIT, at: 5_679 })
      expect(first).toEqual(copy)
    })
  },
)

describe('a body that is new each time', () => {
  it('is written over the one before where it is as long, and joined anew where it is not', () => {
    let text = 'one'
    const kept = complete('length', () => ({ bytes: Buffer.from(text) }))
    const first = give(kept, HIT).bytes
    text = 'two'
    expect(give(kept, HIT).bytes).toBe(first)
    expect(first.subarray(-3).toString()).toBe('two')
    text = 'three'
    const longer = give(kept, HIT).bytes
    expect(longer).not.toBe(first)
    expect(longer.toString()).toMatch(/Content-Length: 5\r\n[\s\S]*\r\n\r\nthree$/)
  })
})
