import { describe, expect, it } from 'vitest'
import { openQueue } from './support/waiters.ts'

describe('when to ask again', () => {
  it('is a second before anything has been measured', () => {
    const { queue, enter } = openQueue()
    for (const name of ['a', 'b', 'c']) enter(name)
    expect(queue.retryAfterSeconds()).toBe(1)
  })

  it('is the time of a run for each one ahead, over the slots there are', () => {
    const { clock, queue, enter, leave } = openQueue({ concurrency: 2 })
    for (const name of ['a', 'b', 'c', 'd', 'e']) enter(name)
    clock.advance(10_000)
    leave('a')
    // Two wait and one more comes: three runs of 10 s on two slots.
    expect(queue.retryAfterSeconds()).toBe(15)
  })

  it('follows how long runs take, a fifth of the way each time', () => {
    const { clock, queue, enter } = openQueue({ concurrency: 0 })
    const first = enter('a')
    clock.advance(10_000)
    first.leave()
    const second = enter('b')
    clock.advance(60_000)
    second.leave()
    expect(queue.retryAfterSeconds()).toBe(20)
  })

  it('does not count the time spent waiting', () => {
    const { clock, queue, enter, leave } = openQueue()
    for (const name of ['a', 'b']) enter(name)
    clock.advance(4000)
    leave('a')
    clock.advance(4000)
    leave('b')
    expect(queue.retryAfterSeconds()).toBe(4)
  })

  it('is never over two minutes', () => {
    const { clock, queue, enter } = openQueue()
    const ticket = enter('a')
    clock.advance(3_600_000)
    ticket.leave()
    expect(queue.retryAfterSeconds()).toBe(120)
  })
})
