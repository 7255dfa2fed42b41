import { describe, expect, it } from 'vitest'
import { openQueue } from './support/waiters.ts'

describe('a full queue', () => {
  it('refuses the next one, and takes one again as soon as there is room', () => {
    const { queue, events, enter, leave } = openQueue({ maxDepth: 1 })
    for (const name of ['a', 'b', 'c']) enter(name)
    leave('b')
    enter('d')
    expect(events).toEqual(['a', 'c:full'])
    expect(queue.depth).toBe(1)
  })

  it('lets nobody wait where its depth is 0', () => {
    const { events, enter } = openQueue({ maxDepth: 0 })
    for (const name of ['a', 'b']) enter(name)
    expect(events).toEqual(['a', 'b:full'])
  })

  it('gives nothing back for one that it refused', () => {
    const { queue, enter, leave } = openQueue({ maxDepth: 0 })
    for (const name of ['a', 'b']) enter(name)
    leave('b')
    expect(queue.running).toBe(1)
  })

  it('drops the last background waiter for a foreground one, not the other way round', () => {
    const { queue, events, enter } = openQueue({ maxDepth: 2 })
    enter('a')
    for (const name of ['r', 's', 't']) enter(name, { lane: 'background' })
    expect(enter('b').depthAtEntry).toBe(1)
    expect(events).toEqual(['a', 't:full', 's:full'])
    expect(queue.depth).toBe(2)
  })

  it('does not give the place it makes to another background waiter', () => {
    const { queue, events, enter, leave } = openQueue({ maxDepth: 1 })
    enter('a')
    enter('r', { lane: 'background' }, () => void enter('s', { lane: 'background' }))
    enter('b')
    expect(events).toEqual(['a', 'r:full', 's:full'])
    expect(queue.depth).toBe(1)
    leave('a')
    expect(events.at(-1)).toBe('b')
  })
})

describe('a wait that is too long', () => {
  it('ends in a refusal at its own instant', () => {
    const { clock, queue, events, enter } = openQueue({ maxWaitMs: 100 })
    enter('a')
    const early = enter('b')
    clock.advance(60)
    enter('c')
    clock.advance(39)
    expect(events).toEqual(['a'])
    clock.advance(1)
    expect(events).toEqual(['a', 'b:timeout'])
    clock.advance(60)
    expect(events).toEqual(['a', 'b:timeout', 'c:timeout'])
    expect([early.waitedMs, queue.depth, clock.pending()]).toEqual([100, 0, 0])
  })

  it('leaves no timer behind where it ended otherwise', () => {
    const { clock, queue, enter, leave } = openQueue({ maxWaitMs: 100 })
    for (const name of ['a', 'b', 'c', 'd']) enter(name)
    expect(clock.pending()).toBe(3)
    leave('c')
    leave('a')
    expect(clock.pending()).toBe(1)
    queue.drain()
    expect(clock.pending()).toBe(0)
  })

  it('has no end where the limit is 0', () => {
    const { clock, enter } = openQueue()
    for (const name of ['a', 'b']) enter(name)
    expect(clock.pending()).toBe(0)
  })
})

describe('draining', () => {
  it('refuses who waits and who comes, and leaves alone who runs', () => {
    const { queue, events, enter, leave } = openQueue()
    for (const name of ['a', 'b']) enter(name)
    enter('r', { lane: 'background' })
    queue.drain()
    enter('c')
    expect(events).toEqual(['a', 'b:draining', 'r:draining', 'c:draining'])
    expect([queue.running, queue.depth]).toEqual([1, 0])
    leave('a')
    enter('d')
    expect(events.at(-1)).toBe('d:draining')
    expect(queue.running).toBe(0)
  })

  it('starts nobody, whatever the refused ones do', () => {
    const { queue, events, enter, leave } = openQueue()
    enter('a')
    enter('b', {}, () => leave('a'))
    enter('c', {}, () => void enter('d'))
    queue.drain()
    expect(events).toEqual(['a', 'b:draining', 'c:draining', 'd:draining'])
    expect([queue.running, queue.depth]).toEqual([0, 0])
  })

  it('stops a row that is being started', () => {
    const { queue, events, enter, leave } = openQueue()
    enter('a')
    enter('b', {}, () => {
      queue.drain()
      leave('b')
    })
    enter('c')
    leave('a')
    enter('d')
    expect(events).toEqual(['a', 'b', 'c:draining', 'd:draining'])
    expect([queue.running, queue.depth]).toEqual([0, 0])
  })
})
