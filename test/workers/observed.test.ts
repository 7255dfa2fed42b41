import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Observation } from '../../src/metrics/observe.ts'
import { STAGE_NAMES, type Stages } from '../../src/metrics/stages.ts'
import {
  createObservedQueue,
  type ObservedBatch,
  readObserved,
} from '../../src/workers/observed.ts'
import { createManualClock } from '../support/clock.ts'

const ms = fc.double({ min: 0, max: 1e9, noNaN: true })
const stages: fc.Arbitrary<Stages> = fc.tuple(...STAGE_NAMES.map(() => ms))

const outcome: fc.Arbitrary<Observation['outcome']> = fc.oneof(
  fc.record({
    kind: fc.constant('hit' as const),
    tier: fc.constantFrom('memory' as const, 'sqlite' as const),
    ttlSeconds: fc.constant(0),
  }),
  fc.record({ kind: fc.constant('miss' as const), reason: fc.constantFrom('absent', 'expired') }),
  fc.record({ kind: fc.constant('bypass' as const), reason: fc.constant('route' as const) }),
) as fc.Arbitrary<Observation['outcome']>

const observation: fc.Arbitrary<Observation> = fc.record({
  outcome,
  endpoint: fc.constantFrom('/api/generate', '/api/embed'),
  kind: fc.constantFrom('text', 'embedding', 'none'),
  model: fc.constantFrom('tiny:latest', 'a b\nc', 'none'),
  status: fc.constantFrom(200, 499),
  durationMs: ms,
  stages: fc.option(stages, { nil: undefined }),
  firstFrameMs: fc.option(ms, { nil: undefined }),
  bytes: fc.nat(),
  saved: fc.option(fc.record({ costMs: ms, tokens: fc.nat() }), { nil: undefined }),
  client: fc.constantFrom('stayed', 'left'),
  capped: fc.constantFrom('capped', 'not-capped'),
})

describe('observations on their way', () => {
  it('arrive as they were made, in their order', () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 30 }), (given) => {
        const batches: ObservedBatch[] = []
        const queue = createObservedQueue(createManualClock(), (batch) => void batches.push(batch))
        for (const each of given) queue.add(each)
        queue.handOver()
        expect(structuredClone(batches).flatMap((batch) => [...readObserved(batch)])).toEqual(given)
      }),
    )
  })

  it('go together after 200 ms, at once where there are many, and only once', () => {
    const clock = createManualClock()
    const sizes: number[] = []
    const queue = createObservedQueue(
      clock,
      (batch) => void sizes.push([...readObserved(batch)].length),
    )
    const [one] = fc.sample(observation, 1)
    if (one === undefined) return
    for (let i = 0; i < 3; i++) queue.add(one)
    clock.advance(199)
    expect(sizes).toEqual([])
    clock.advance(1)
    expect(sizes).toEqual([3])
    for (let i = 0; i < 2_049; i++) queue.add(one)
    expect(sizes).toEqual([3, 2_048])
    queue.handOver()
    queue.handOver()
    expect([sizes, clock.pending()]).toEqual([[3, 2_048, 1], 0])
  })
})
