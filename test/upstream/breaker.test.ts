import { describe, expect, it } from 'vitest'
import type { UpstreamFailure } from '../../src/upstream/failure.ts'
import { ABORTED, CUT, createBreakerBench, REFUSED, RESET } from './support/breaker.ts'

describe('a closed breaker', () => {
  it.each([
    ['refused connections', REFUSED],
    ['connections reset before an answer', RESET],
  ])('opens after five %s in a row', (_what, failure) => {
    const { breaker, failTimes, changes } = createBreakerBench()
    failTimes(4, failure)
    expect([breaker.state, breaker.retryAfterSeconds]).toEqual(['closed', 1])
    failTimes(1, failure)
    expect([breaker.state, changes]).toEqual(['open', ['open']])
  })

  it('begins to count anew with each answer', () => {
    const { breaker, failTimes } = createBreakerBench()
    failTimes(4)
    breaker.succeed()
    failTimes(4)
    expect(breaker.state).toBe('closed')
  })

  it('opens when more than half of the last twenty failed', () => {
    const { breaker, failTimes } = createBreakerBench()
    for (let i = 0; i < 10; i += 1) {
      failTimes(1)
      breaker.succeed()
    }
    // Exactly half, and the oldest of them is forgotten with the next.
    failTimes(1)
    expect(breaker.state).toBe('closed')
    failTimes(1)
    expect(breaker.state).toBe('open')
  })

  it.each([
    ['clients that leave', ABORTED],
    ['answers that break off', CUT],
  ])('does not count %s', (_what, failure: UpstreamFailure) => {
    const { breaker, failTimes, clock } = createBreakerBench()
    failTimes(100, failure)
    expect([breaker.state, clock.pending()]).toEqual(['closed', 0])
  })
})

describe('an open breaker', () => {
  it('says in whole seconds when the next probe is', () => {
    const { breaker, failTimes, clock } = createBreakerBench()
    failTimes(5)
    expect(breaker.retryAfterSeconds).toBe(5)
    clock.advance(3_500)
    expect(breaker.retryAfterSeconds).toBe(2)
    clock.advance(1_499)
    expect(breaker.retryAfterSeconds).toBe(1)
  })

  it('stays open as long as it was to, whatever fails meanwhile', () => {
    const { breaker, failTimes, clock, probes } = createBreakerBench()
    failTimes(5)
    clock.advance(4_999)
    failTimes(50)
    expect([breaker.state, probes.length, clock.pending()]).toEqual(['open', 0, 1])
    clock.advance(1)
    expect([breaker.state, probes.length, clock.pending()]).toEqual(['half-open', 1, 0])
  })

  it('closes when an answer comes all the same, and probes no more', () => {
    const { breaker, failTimes, clock, probes, changes } = createBreakerBench()
    failTimes(5)
    breaker.succeed()
    expect([changes, clock.pending()]).toEqual([['open', 'closed'], 0])
    clock.advance(60_000)
    expect(probes).toHaveLength(0)
  })

  it.each([
    [0, [4, 8, 16, 32, 48, 48]],
    [0.5, [5, 10, 20, 40, 60, 60]],
    [0.999_999, [6, 12, 24, 48, 60, 60]],
  ])('with chance at %d stays open for %j seconds', async (random, seconds) => {
    const bench = createBreakerBench(random)
    bench.failTimes(5)
    for (const expected of seconds) {
      expect(bench.breaker.retryAfterSeconds).toBe(expected)
      await bench.probe(false)
    }
  })
})

describe('a half-open breaker', () => {
  it('closes with the first probe that is answered, and begins anew with 5 seconds', async () => {
    const bench = createBreakerBench()
    bench.failTimes(5)
    await bench.probe(false)
    await bench.probe(true)
    expect(bench.changes).toEqual(['open', 'half-open', 'open', 'half-open', 'closed'])
    expect(bench.clock.pending()).toBe(0)
    bench.failTimes(4)
    expect(bench.breaker.state).toBe('closed')
    bench.failTimes(1)
    expect(bench.breaker.retryAfterSeconds).toBe(5)
  })

  it('takes a probe that rejects or throws for one that failed', async () => {
    const bench = createBreakerBench()
    bench.failTimes(5)
    await bench.probe(new Error('refused'))
    expect([bench.breaker.state, bench.breaker.retryAfterSeconds]).toEqual(['open', 10])
  })

  it('does not count what fails beside its probe', () => {
    const { breaker, failTimes, clock, probes } = createBreakerBench()
    failTimes(5)
    clock.advance(5_000)
    failTimes(50)
    expect([breaker.state, breaker.retryAfterSeconds, probes.length]).toEqual(['half-open', 1, 1])
  })

  it('closed by an answer, is not opened by the probe that fails after it', async () => {
    const bench = createBreakerBench()
    bench.failTimes(5)
    bench.clock.advance(5_000)
    bench.breaker.succeed()
    await bench.settle(false)
    expect([bench.breaker.state, bench.clock.pending()]).toEqual(['closed', 0])
  })

  it('does not listen to the probe of an earlier opening', async () => {
    const bench = createBreakerBench()
    bench.failTimes(5)
    bench.clock.advance(5_000)
    bench.breaker.succeed()
    bench.failTimes(5)
    bench.clock.advance(5_000)
    await bench.settle(true)
    expect([bench.breaker.state, bench.probes.length]).toEqual(['half-open', 1])
    await bench.settle(true)
    expect(bench.breaker.state).toBe('closed')
  })
})
