import { describe, expect, it } from 'vitest'
import { openQueue } from './support/waiters.ts'

describe('slots', () => {
  it('are given at once while some are free', () => {
    const { queue, events, enter } = openQueue({ concurrency: 2 })
    expect(enter('a').depthAtEntry).toBe(0)
    expect(enter('b').depthAtEntry).toBe(0)
    expect(enter('c').depthAtEntry).toBe(1)
    expect(enter('d').depthAtEntry).toBe(2)
    expect(events).toEqual(['a', 'b'])
    expect([queue.running, queue.depth]).toEqual([2, 2])
  })

  it('have no end where concurrency is 0', () => {
    const { queue, events, enter } = openQueue({ concurrency: 0, maxDepth: 0 })
    for (let at = 0; at < 1000; at++) enter(`w${at}`)
    expect([events.length, queue.running, queue.depth]).toEqual([1000, 1000, 0])
  })

  it('start the next waiter before the one that leaves has returned', () => {
    const { clock, events, enter } = openQueue()
    const running = enter('a')
    enter('b')
    running.leave()
    expect(events).toEqual(['a', 'b'])
    expect(clock.pending()).toBe(0)
  })

  it('are given back once, however often one leaves', () => {
    const { queue, events, enter } = openQueue()
    const running = enter('a')
    for (const name of ['b', 'c']) enter(name)
    for (let times = 0; times < 3; times++) running.leave()
    expect(events).toEqual(['a', 'b'])
    expect([queue.running, queue.depth]).toEqual([1, 1])
  })

  it('go past those who have left', () => {
    const { queue, events, enter, leave } = openQueue()
    for (const name of ['a', 'b', 'c']) enter(name)
    leave('b')
    expect(queue.depth).toBe(1)
    leave('a')
    expect(events).toEqual(['a', 'c'])
  })

  it('go down a long row of waiters that end as they start', () => {
    const { queue, events, enter, leave } = openQueue({ maxDepth: 20_000 })
    enter('first')
    for (let at = 0; at < 20_000; at++) enter(`w${at}`, {}, () => leave(`w${at}`))
    leave('first')
    expect(events).toHaveLength(20_001)
    expect([queue.running, queue.depth]).toEqual([0, 0])
  })

  it('go to those who wait before those who come while a row is started', () => {
    const { events, enter, leave } = openQueue({ maxDepth: 2 })
    enter('a')
    enter('b', {}, () => {
      leave('b')
      enter('late')
    })
    enter('c')
    leave('a')
    expect(events).toEqual(['a', 'b', 'c'])
    leave('c')
    expect(events).toEqual(['a', 'b', 'c', 'late'])
  })

  it('count as room while a row is started', () => {
    const { queue, events, enter, leave } = openQueue({ maxDepth: 2 })
    enter('a')
    enter('b', {}, () => {
      leave('b')
      for (const name of ['d', 'e', 'f']) enter(name)
    })
    enter('c')
    leave('a')
    expect(events).toEqual(['a', 'b', 'f:full', 'c'])
    expect(queue.depth).toBe(2)
  })

  it('are still given after a waiter threw in its start', () => {
    const { events, enter, leave } = openQueue()
    enter('a')
    enter('b', {}, () => {
      throw new RangeError('of the test')
    })
    enter('c')
    expect(() => leave('a')).toThrow('of the test')
    leave('b')
    expect(events).toEqual(['a', 'b', 'c'])
  })
})

describe('a ticket', () => {
  it('counts the wait so far, and no further once it has started', () => {
    const { clock, enter } = openQueue()
    const running = enter('a')
    const waiting = enter('b')
    clock.advance(30)
    expect(waiting.waitedMs).toBe(30)
    running.leave()
    clock.advance(70)
    expect([running.waitedMs, waiting.waitedMs]).toEqual([0, 30])
  })

  it('counts no further once its holder has left', () => {
    const { clock, enter } = openQueue()
    enter('a')
    const waiting = enter('b')
    clock.advance(10)
    waiting.leave()
    clock.advance(10)
    expect(waiting.waitedMs).toBe(10)
  })
})
