import { describe, expect, it } from 'vitest'
import { afterTurn } from '../src/clock.ts'
import { createCohorts, type Leg, type Work } from '../src/cohorts.ts'

/** Cohorts whose clock is moved by the work itself. */
function openCohorts() {
  let now = 0
  const done: string[] = []
  const cohorts = createCohorts({ monotonic: () => now })
  const work = (name: string, ms: number, then?: () => void): Work => ({
    handOn() {
      now += ms
      done.push(name)
      then?.()
    },
  })
  const receive = (name: string, ms: number) => cohorts.take('receive', work(name, ms))
  return { cohorts, done, work, receive }
}

const nextTurn = () => new Promise<void>((resolve) => afterTurn(resolve))

describe('the share of a turn', () => {
  it('is used at once while there is time left in it', () => {
    const { done, receive } = openCohorts()
    for (const name of ['a', 'b', 'c']) receive(name, 0.125)
    expect(done).toEqual(['a', 'b', 'c'])
  })

  it('leaves what is too much to later turns, in its order', async () => {
    const { done, receive } = openCohorts()
    for (const name of ['a', 'b', 'c', 'd', 'e']) receive(name, 0.25)
    expect(done).toEqual(['a', 'b'])
    await nextTurn()
    expect(done).toEqual(['a', 'b', 'c', 'd'])
    receive('f', 0.25)
    expect(done).toHaveLength(4)
    await nextTurn()
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })

  it('is whole again in the next turn', async () => {
    const { done, receive } = openCohorts()
    receive('long', 10)
    await nextTurn()
    receive('next', 1)
    expect(done).toEqual(['long', 'next'])
  })

  it('does what takes longer by itself, one a turn', async () => {
    const { done, receive } = openCohorts()
    for (const name of ['a', 'b', 'c']) receive(name, 10)
    expect(done).toEqual(['a'])
    await nextTurn()
    expect(done).toEqual(['a', 'b'])
    await nextTurn()
    expect(done).toEqual(['a', 'b', 'c'])
  })

  it('is not lost to a piece that throws', async () => {
    const { cohorts, done, receive } = openCohorts()
    receive('long', 10)
    const thrown = new Promise((resolve) => process.once('uncaughtException', resolve))
    cohorts.take('receive', {
      handOn() {
        throw new Error('not ours')
      },
    })
    receive('next', 1)
    expect(await thrown).toMatchObject({ message: 'not ours' })
    await nextTurn()
    expect(done).toEqual(['long', 'next'])
  })
})

describe('legs', () => {
  it('come one after the other, each with all who wait for it', async () => {
    const { cohorts, done, work } = openCohorts()
    const go = (name: string): void => {
      const lookUp = () => cohorts.take('lookup', work(`look up ${name}`, 0.01))
      cohorts.take('receive', work(`receive ${name}`, 0.01, lookUp))
    }
    cohorts.take('receive', work('busy', 1))
    for (const name of ['a', 'b', 'c']) go(name)
    await nextTurn()
    expect(done.slice(1)).toEqual([
      ...['receive a', 'receive b', 'receive c'],
      ...['look up a', 'look up b', 'look up c'],
    ])
  })

  it('are gone through at once by who is alone', () => {
    const { cohorts, done, work } = openCohorts()
    const deliver = () => cohorts.take('deliver', work('deliver', 0.01))
    cohorts.take('record', work('record', 0.01, deliver))
    expect(done).toEqual(['record', 'deliver'])
  })

  it('keep none waiting for ever: who comes while others are served waits for the next time', async () => {
    const { cohorts, done, work } = openCohorts()
    const take = (leg: Leg, name: string): void => {
      // Each asks for the same again, as a door through which more and more come.
      const again = () => {
        if (done.length < 8) take(leg, name)
      }
      cohorts.take(leg, work(name, 0.01, again))
    }
    cohorts.take('receive', work('busy', 1))
    take('receive', 'door')
    take('deliver', 'answer')
    await nextTurn()
    expect(done.slice(1, 7)).toEqual(['answer', 'door', 'answer', 'door', 'answer', 'door'])
  })
})
