import { describe, expect, it } from 'vitest'
import { openAir, toLine } from './support/air.ts'

const A_LINE = toLine('tiny', 'a')

describe('an answer larger than what may be kept', () => {
  it('takes no more followers, and serves those it has to its end', () => {
    const air = openAir({ maxBytes: 100 })
    const rider = air.join()
    air.run().head()
    air.run().data(A_LINE.repeat(5))
    expect(air.join().seat.role).toBe('leader')
    air.runs[0]!.data(A_LINE)
    air.runs[0]!.finish()
    expect([rider.got, rider.end]).toEqual([A_LINE.repeat(6), 'ended'])
  })

  it('leaves the key to the flight that came after it', () => {
    const air = openAir({ maxBytes: 100 })
    air.join()
    air.run().head()
    air.run().data(A_LINE.repeat(5))
    air.join()
    air.runs[0]!.finish()
    expect([air.join().seat.role, air.runs.length]).toEqual(['follower', 2])
  })
})

describe('the bytes of all flights together', () => {
  it('decide whether a new one is kept, while they are held', () => {
    const air = openAir({ maxTotalBytes: 10 })
    const rider = air.join({ key: 'large' })
    air.run().head()
    air.run().data(A_LINE)
    expect(['new', 'new'].map((key) => air.join({ key }).seat.role)).toEqual(['leader', 'leader'])
    air.runs[0]!.finish()
    // Its end lets go of nothing as long as somebody reads it.
    expect(['next', 'next'].map((key) => air.join({ key }).seat.role)).toEqual(['leader', 'leader'])
    rider.leave()
    expect(['free', 'free'].map((key) => air.join({ key }).seat.role)).toEqual([
      'leader',
      'follower',
    ])
  })

  it('are those of nobody once all have left', () => {
    const air = openAir({ maxTotalBytes: 1 })
    for (const key of ['a', 'b', 'c']) {
      const riders = [air.join({ key }), air.join({ key })]
      expect(riders.map(({ seat }) => seat.role)).toEqual(['leader', 'follower'])
      air.run().head()
      air.run().data(A_LINE)
      if (key !== 'c') air.run().finish()
      for (const { leave } of riders) leave()
    }
    expect(air.flights.size).toBe(0)
  })
})

describe('a flight that ends within its start', () => {
  it('gives its slot back', () => {
    const air = openAir({ concurrency: 1 })
    air.origin.refusal = 'upstream-down'
    expect([air.join().end, air.queue.running]).toEqual(['refused upstream-down', 0])
  })
})

describe('a refresh', () => {
  it('holds no bytes once it is over', () => {
    const air = openAir({ maxTotalBytes: 1 })
    air.refresh()
    air.run().head()
    air.run().data(A_LINE)
    air.run().finish()
    expect([air.join(), air.join()].map(({ seat }) => seat.role)).toEqual(['leader', 'follower'])
  })

  it('is the only one, and takes whoever asks the same', () => {
    const air = openAir()
    air.refresh({ key: 'k' })
    air.refresh({ key: 'l' })
    const rider = air.join({ key: 'k' })
    air.run().head()
    air.run().data(A_LINE)
    air.run().finish()
    expect([rider.seat.role, rider.got, air.runs.length]).toEqual(['follower', A_LINE, 1])
    air.refresh({ key: 'l' })
    expect(air.runs).toHaveLength(2)
  })

  it('is not made of what is in the air already', () => {
    const air = openAir()
    air.join()
    air.refresh()
    expect(air.runs).toHaveLength(1)
  })

  it('is not made where its answer could not be kept: nobody would read it', () => {
    const air = openAir({ maxTotalBytes: 0 })
    air.refresh()
    expect([air.runs.length, air.flights.size]).toEqual([0, 0])
  })

  it('is not made for an origin that is left alone, or by a server with too much to do', () => {
    const air = openAir()
    air.origin.refusal = 'upstream-down'
    air.refresh()
    const other = openAir({ findOverload: () => 'overloaded' })
    other.refresh()
    expect([air.runs.length, other.runs.length]).toEqual([0, 0])
  })

  it('waits behind everybody who waits for an answer', () => {
    const air = openAir({ concurrency: 1 })
    air.takeSlot()
    air.refresh({ key: 'refresh', model: 'refreshed' })
    air.join({ key: 'answer', model: 'answered' })
    air.giveSlot()
    expect(air.sent).toEqual(['answered first'])
  })
})
