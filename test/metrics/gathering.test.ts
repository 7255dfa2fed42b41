import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextTurn } from '../../src/clock.ts'
import { createGathering } from '../../src/metrics/gathering.ts'
import { toGroups } from '../../src/metrics/observed-group.ts'
import { toRefused } from '../../src/metrics/refused.ts'
import { createManualClock } from '../support/clock.ts'
import { toSeen } from '../support/observed.ts'

function open() {
  const taken: number[][] = []
  const clock = createManualClock()
  // Their sizes tell them apart.
  const gathering = createGathering(clock, (batch) => {
    taken.push(toSeen(toGroups(batch)).map(({ bytes }) => bytes))
  })
  let next = 0
  /** So many come in one turn; it is over when this is. */
  const bring = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      gathering.add({ ...toRefused(404), bytes: next })
      next += 1
    }
    await nextTurn()
  }
  return { taken, gathering, bring }
}

const sizes = (taken: readonly number[][]): number[] => taken.map(({ length }) => length)

describe('what has ended', () => {
  it('is handed on at the end of its turn where it came alone', async () => {
    const { taken, bring } = open()
    await bring(1)
    await bring(1)
    expect(taken).toEqual([[0], [1]])
  })

  it('waits while each turn brings several, until a turn does not', async () => {
    const { taken, bring } = open()
    for (const count of [3, 2, 5]) await bring(count)
    expect(taken).toEqual([])
    await bring(0)
    expect(sizes(taken)).toEqual([10])
  })

  it('waits no longer where there are 256', async () => {
    const { taken, bring } = open()
    for (let turn = 0; turn < 20; turn += 1) await bring(40)
    expect(sizes(taken)).toEqual([280, 280])
  })

  it('is handed on in the middle of a turn that brings more than there is room for', async () => {
    const { taken, bring } = open()
    await bring(1_200)
    await bring(0)
    expect(sizes(taken)).toEqual([512, 512, 176])
  })

  it('is handed on at once to who asks, and then not again', async () => {
    const { taken, gathering, bring } = open()
    await bring(4)
    gathering.handOn()
    expect(sizes(taken)).toEqual([4])
    gathering.handOn()
    await bring(0)
    expect(sizes(taken)).toEqual([4])
  })

  it('waits as before when somebody has asked in the middle of a turn', async () => {
    const { taken, gathering, bring } = open()
    const coming = bring(4)
    gathering.handOn()
    for (const count of [3, 3, 3]) await bring(count)
    await coming
    expect(sizes(taken)).toEqual([4])
    await bring(0)
    expect(sizes(taken)).toEqual([4, 9])
  })

  it('comes in its order, each once, whatever came when', async () => {
    const turn = fc.oneof(fc.nat(3), fc.nat(800), fc.constant('ask' as const))
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { maxLength: 30 }), async (turns) => {
        const { taken, gathering, bring } = open()
        for (const each of turns) {
          if (each === 'ask') gathering.handOn()
          else await bring(each)
        }
        await bring(0)
        await bring(0)
        const count = turns.reduce<number>((sum, each) => sum + (each === 'ask' ? 0 : each), 0)
        expect(taken.flat()).toEqual(Array.from({ length: count }, (_, n) => n))
      }),
    )
  })
})
