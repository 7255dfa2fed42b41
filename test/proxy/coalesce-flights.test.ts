import { describe, expect, it } from 'vitest'
import { openAir, toLine } from './support/air.ts'
import { BUSY } from './support/fake-run.ts'

const A_LINE = toLine('tiny', 'a')
/** Enough to be told to wait, where a reader has none of it. */
const TWO_MEGABYTES = `${'x'.repeat(2 * 1024 * 1024)}\n`

describe('a flight on its way', () => {
  it('is one run for all who ask the same, each with the name of the model as it wrote it', () => {
    const air = openAir()
    const [one, other] = [air.join(), air.join({ model: 'tiny:latest' })]
    air.run().head()
    air.run().data(A_LINE)
    air.run().finish()
    expect([one.got, other.got]).toEqual([A_LINE, toLine('tiny:latest', 'a')])
    expect([one.end, other.end, air.sent]).toEqual(['ended', 'ended', ['tiny first']])
    expect([one.seat.role, other.seat.role]).toEqual(['leader', 'follower'])
  })

  it('is none for those whose answer is not kept', () => {
    const air = openAir()
    for (let each = 0; each < 50; each++) air.join({ key: undefined })
    expect([air.runs.length, air.flights.size]).toEqual([50, 50])
  })

  it('gives its slot to the next before its end has returned', () => {
    const air = openAir({ concurrency: 1 })
    air.join({ key: 'k' })
    const next = air.join({ key: 'l' })
    expect([next.seat.queueDepth, air.runs.length]).toEqual([1, 1])
    air.clock.advance(20)
    air.run().head()
    air.run().finish()
    expect([next.seat.times.admittedAt, air.runs.length]).toEqual([20, 2])
  })

  it('leaves a queue without a run', () => {
    const air = openAir({ concurrency: 1 })
    air.takeSlot()
    air.join().leave()
    air.giveSlot()
    expect([air.runs.length, air.queue.depth, air.ends]).toEqual([0, 0, ['abandoned queued']])
  })
})

describe('a run that everybody has left', () => {
  it('is ended at once while it connects, without a question', () => {
    const air = openAir()
    air.join().leave()
    expect([air.run().end, air.questions.length, air.ends]).toEqual([
      'aborted',
      0,
      ['abandoned waiting'],
    ])
  })

  it('is ended at once where its model is loaded, and kept for the grace where it is not', async () => {
    const air = openAir()
    for (const key of ['loaded', 'loading']) {
      const rider = air.join({ key })
      air.run().connect()
      rider.leave()
    }
    await air.answer('loaded')
    await air.answer('loading')
    expect(air.runs.map(({ end }) => end)).toEqual(['aborted', undefined])
    air.clock.advance(50)
    expect(air.runs.map(({ end }) => end)).toEqual(['aborted', 'aborted'])
  })

  it('is ended where its answer cannot be kept, however far it has come', () => {
    const air = openAir({ finishShare: 0.5, maxTotalBytes: 0 })
    const rider = air.join({ cap: 2 })
    air.run().head()
    air.run().data(A_LINE.repeat(2))
    rider.leave()
    expect(air.run().end).toBe('aborted')
  })

  it('is ended where it waits for a slow reader that has left', () => {
    const air = openAir({ finishShare: 0.5, maxBytes: 100 })
    const rider = air.join({ cap: 2 }, 'slow')
    air.run().head()
    air.run().data(TWO_MEGABYTES)
    expect(air.run().isPaused).toBe(true)
    rider.leave()
    expect([air.run().end, air.flights.size]).toEqual(['aborted', 0])
  })

  it('is ended in its second sending too, where the first failed within the call', () => {
    const air = openAir()
    air.origin.onRun = (run) => {
      if (air.runs.length === 1) run.fail('other')
    }
    air.join().leave()
    expect([air.sent, air.run().end]).toEqual([['tiny first', 'tiny retried'], 'aborted'])
  })

  it('is not heard when its origin turns out to be busy', () => {
    const air = openAir()
    const rider = air.join()
    air.run().connect()
    rider.leave()
    air.run().refuse()
    expect(air.ends).toEqual(['abandoned streaming'])
  })
})

describe('an origin that refuses', () => {
  it('is asked again after a moment, and then its answer is passed on with a time to come back', () => {
    const air = openAir()
    const rider = air.join()
    air.run().refuse()
    expect([rider.got, air.runs.length]).toEqual(['', 1])
    air.clock.advance(10)
    air.run().refuse()
    expect([rider.got, rider.end, air.sent]).toEqual([BUSY, 'ended', ['tiny first', 'tiny busy']])
    expect(rider.seat.source.head?.headers).toContainEqual(['Retry-After', '7'])
  })

  it.each([404, 500])('with %i answers those who wait, and nobody who comes', (status) => {
    const air = openAir()
    const [rider] = [air.join(), air.join()]
    air.run().head(status)
    expect(air.join().seat.role).toBe('leader')
    air.runs[0]!.data('{"error":"no"}')
    air.runs[0]!.finish()
    expect([rider.got, rider.end, air.runs.length]).toEqual(['{"error":"no"}', 'ended', 2])
  })

  it('is never asked again where its error broke off', () => {
    const air = openAir()
    const [rider] = [air.join(), air.join()]
    air.run().head(404)
    air.run().fail('reset')
    expect([rider.end, air.ends, air.runs.length]).toEqual(['failed reset', ['cut reset'], 1])
  })

  it('is not asked for a promoted follower either while it is known to be down', () => {
    const air = openAir()
    const [one, other] = [air.join(), air.join()]
    air.origin.refusal = 'upstream-down'
    air.run().fail('refused')
    expect([one.end, other.end]).toEqual(['refused upstream-down', 'refused upstream-down'])
    expect(air.sent).toEqual(['tiny first'])
  })
})
