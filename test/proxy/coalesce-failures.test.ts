import { describe, expect, it } from 'vitest'
import type { UpstreamFailureReason } from '../../src/upstream/failure.ts'
import { openMachineIn } from './support/machine.ts'

/** A second try after what took too long would take as long again; what was given up is not wanted. */
const REPEATABLE: Readonly<Record<UpstreamFailureReason, 'repeated' | 'final'>> = {
  refused: 'repeated',
  unroutable: 'repeated',
  dns: 'repeated',
  'connect-timeout': 'final',
  reset: 'repeated',
  closed: 'repeated',
  protocol: 'repeated',
  aborted: 'final',
  other: 'repeated',
}

const REASONS = Object.keys(REPEATABLE) as UpstreamFailureReason[]
const REPEATED = REASONS.filter((reason) => REPEATABLE[reason] === 'repeated')
const FINAL = REASONS.filter((reason) => REPEATABLE[reason] === 'final')

describe('a failure before the first frame', () => {
  it.each(REPEATED)('by %s hands the flight to the oldest follower', (reason) => {
    const { machine, join, fail, look } = openMachineIn('waiting')
    join('b', 'c')
    fail(reason)
    expect([machine.state, machine.runner, look()]).toEqual(['waiting', 'b', ['send b promoted']])
  })

  it.each(FINAL)('by %s ends it for everybody', (reason) => {
    const { machine, join, fail, look } = openMachineIn('waiting')
    join('b', 'c')
    fail(reason)
    expect([machine.runs, look()]).toEqual([1, [`transient ${reason}`]])
  })

  it('hands it to the oldest of those who are still there', () => {
    const { join, leave, fail, look } = openMachineIn('waiting')
    join('b', 'c', 'd')
    leave('b')
    fail('reset')
    expect(look()).toEqual(['send c promoted'])
  })

  it('needs no leave of the budget where somebody takes over', () => {
    const { join, fail, look } = openMachineIn('waiting', { takeRetry: () => false })
    join('b')
    fail('reset')
    expect(look()).toEqual(['send b promoted'])
  })

  it('comes before the first frame although the head has come', () => {
    const { machine, join, fail, look } = openMachineIn('streaming')
    join('b')
    fail('closed')
    expect([machine.state, look()]).toEqual(['waiting', ['send b promoted']])
  })

  it('is shared when the second run fails too, whoever else waits', () => {
    const { machine, join, fail, look } = openMachineIn('waiting')
    join('b', 'c', 'd')
    fail('reset')
    fail('refused')
    expect([machine.runs, look()]).toEqual([2, ['send b promoted', 'give-up refused']])
  })

  it('is shared after an origin that was busy at first: that was a run', () => {
    const { machine, join, fail, look } = openMachineIn('backing-off')
    join('b')
    machine.tick()
    fail('reset')
    expect(look()).toEqual(['send a busy', 'give-up reset'])
  })

  it('leaves no second run for a busy origin', () => {
    const { machine, join, fail } = openMachineIn('waiting')
    join('b')
    fail('reset')
    expect(machine.busy()).toBe(false)
  })

  it('can be left like any run by everybody, the one who took over included', () => {
    const { join, leave, fail, look } = openMachineIn('waiting')
    join('b')
    fail('reset')
    leave('b', 'a')
    expect(look()).toEqual(['send b promoted', 'ask a'])
  })
})

describe('a failure before the first frame of one that waits alone', () => {
  it('is repeated with the leave of the budget, and once', () => {
    let taken = 0
    const takeRetry = (): boolean => ++taken > 0
    const { fail, look } = openMachineIn('waiting', { takeRetry })
    fail('reset')
    fail('reset')
    expect([taken, look()]).toEqual([1, ['send a retried', 'give-up reset']])
  })

  it('is told without it', () => {
    const { fail, look } = openMachineIn('waiting', { takeRetry: () => false })
    fail('reset')
    expect(look()).toEqual(['transient reset'])
  })

  it.each(FINAL)('does not touch the budget for %s', (reason) => {
    let taken = 0
    const { fail } = openMachineIn('waiting', { takeRetry: () => ++taken > 0 })
    fail(reason)
    expect(taken).toBe(0)
  })
})

describe('a failure after the first frame', () => {
  it.each(REASONS)('by %s is a cut for everybody', (reason) => {
    const { machine, join, fail, look } = openMachineIn('streaming')
    join('b')
    machine.frames(1)
    fail(reason)
    expect([machine.runs, look()]).toEqual([1, [`cut ${reason}`]])
  })

  it('is a cut in the second run as well', () => {
    const { machine, join, fail, look } = openMachineIn('waiting')
    join('b')
    fail('reset')
    machine.head()
    machine.frames(1)
    fail('closed')
    expect(look()).toEqual(['send b promoted', 'cut closed'])
  })
})
