import { describe, expect, it } from 'vitest'
import { openMachineIn } from './support/machine.ts'

describe('a generation that nobody waits for', () => {
  const rules = { finishShare: 0.5, capTokens: 100 }

  it.each([
    ['at its share', 50, []],
    ['short of its share', 49, ['cancel', 'abandoned streaming']],
  ] as const)('is finished or given up, here %s of its cap', (_name, frames, expected) => {
    const { machine, leave, look } = openMachineIn('streaming', rules)
    machine.frames(frames)
    leave('a')
    expect(look()).toEqual(expected)
  })

  it('ends as any other does when it was worth finishing', () => {
    const { machine, leave, look } = openMachineIn('streaming', rules)
    machine.frames(80)
    leave('a')
    machine.finish()
    expect(look()).toEqual(['done'])
  })

  it.each([
    ['no share', { finishShare: undefined, capTokens: 100 }],
    ['no cap', { finishShare: 0.5, capTokens: undefined }],
  ])('is given up where there is %s', (_name, given) => {
    const { machine, leave, look } = openMachineIn('streaming', given)
    machine.frames(99)
    leave('a')
    expect(look()).toEqual(['cancel', 'abandoned streaming'])
  })

  it('is given up once it is larger than what may be kept, before or after the last one left', () => {
    const early = openMachineIn('streaming', rules)
    const late = openMachineIn('streaming', rules)
    for (const { machine } of [early, late]) machine.frames(80)
    early.machine.overflow()
    expect(early.look()).toEqual([])
    early.leave('a')
    late.leave('a')
    late.machine.overflow()
    for (const { look } of [early, late]) expect(look()).toEqual(['cancel', 'abandoned streaming'])
  })
})
