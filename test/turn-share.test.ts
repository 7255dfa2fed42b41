import { describe, expect, it } from 'vitest'
import { afterTurn } from '../src/clock.ts'
import { createTurnShare, type Work } from '../src/turn-share.ts'

/** A share of turns whose clock is moved by the work itself. */
function openShare() {
  let now = 0
  const done: string[] = []
  const share = createTurnShare({ monotonic: () => now })
  const work = (name: string, ms: number): Work => ({
    handOn() {
      now += ms
      done.push(name)
    },
  })
  return { share, done, work }
}

const nextTurn = () => new Promise<void>((resolve) => afterTurn(resolve))

describe('the share of a turn', () => {
  it('is used at once while there is time left in it', () => {
    const { share, done, work } = openShare()
    for (const name of ['a', 'b', 'c']) share.take(work(name, 0.0625))
    expect(done).toEqual(['a', 'b', 'c'])
  })

  it('leaves what is too much to later turns, in its order', async () => {
    const { share, done, work } = openShare()
    for (const name of ['a', 'b', 'c', 'd', 'e']) share.take(work(name, 0.125))
    expect(done).toEqual(['a', 'b'])
    await nextTurn()
    expect(done).toEqual(['a', 'b', 'c', 'd'])
    share.take(work('f', 0.125))
    expect(done).toHaveLength(4)
    await nextTurn()
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })

  it('is whole again in the next turn', async () => {
    const { share, done, work } = openShare()
    share.take(work('long', 10))
    await nextTurn()
    share.take(work('next', 1))
    expect(done).toEqual(['long', 'next'])
  })

  it('does what takes longer by itself, one a turn', async () => {
    const { share, done, work } = openShare()
    for (const name of ['a', 'b', 'c']) share.take(work(name, 10))
    expect(done).toEqual(['a'])
    await nextTurn()
    expect(done).toEqual(['a', 'b'])
    await nextTurn()
    expect(done).toEqual(['a', 'b', 'c'])
  })
})
