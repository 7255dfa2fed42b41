import { describe, expect, it } from 'vitest'
import { openMachine, openMachineIn } from './support/machine.ts'

describe('leaving', () => {
  it.each(['waiting', 'backing-off', 'streaming'] as const)(
    'changes nothing for those who stay while it is %s',
    (state) => {
      const { machine, join, leave, look } = openMachineIn(state)
      join('b')
      leave('a')
      expect([machine.size, machine.state, look()]).toEqual([1, state, []])
    },
  )

  it('cancels the place in the queue with the last one', () => {
    const { join, leave, look } = openMachine()
    join('b')
    leave('a', 'b')
    expect(look()).toEqual(['enter a', 'cancel', 'abandoned queued'])
  })

  it.each(['backing-off', 'streaming'] as const)('cancels a run that is %s', (state) => {
    const { leave, look } = openMachineIn(state)
    leave('a')
    expect(look()).toEqual(['cancel', `abandoned ${state}`])
  })

  it('takes back the wish for a tick', () => {
    const bench = openMachineIn('backing-off')
    expect(bench.wakeAt).toBe(500)
    bench.leave('a')
    expect(bench.wakeAt).toBeUndefined()
  })

  it('counts once for each, and not at all for strangers', () => {
    const { machine, join, leave, look } = openMachineIn('streaming')
    join('b')
    leave('a', 'a', 'c')
    expect([machine.size, look()]).toEqual([1, []])
  })
})

describe('a run that nobody waits for before its answer has begun', () => {
  it('is kept for the grace while the origin is asked about its model', () => {
    const bench = openMachineIn('waiting')
    bench.clock.advance(40)
    bench.leave('a')
    expect([bench.machine.state, bench.wakeAt, bench.look()]).toEqual([
      'waiting',
      60_040,
      ['ask a'],
    ])
  })

  it('is kept while the model loads', () => {
    const { machine, leave, look } = openMachineIn('waiting')
    leave('a')
    machine.residency('loading')
    expect([machine.state, look()]).toEqual(['waiting', ['ask a']])
  })

  it.each(['loaded', 'unreachable'] as const)('is cancelled where the model is %s', (answer) => {
    const { machine, leave, look } = openMachineIn('waiting')
    leave('a')
    machine.residency(answer)
    expect(look()).toEqual(['ask a', 'cancel', 'abandoned waiting'])
  })

  it('is cancelled when the grace is over', () => {
    const bench = openMachineIn('waiting')
    bench.leave('a')
    bench.machine.residency('loading')
    bench.machine.tick()
    expect([bench.wakeAt, bench.look()]).toEqual([
      undefined,
      ['ask a', 'cancel', 'abandoned waiting'],
    ])
  })

  it('is cancelled when the answer begins: what was loading is loaded', () => {
    const { machine, leave, look } = openMachineIn('waiting')
    leave('a')
    machine.head()
    expect(look()).toEqual(['ask a', 'cancel', 'abandoned streaming'])
  })

  it('is whoever joins, with no grace running and no second run', () => {
    const bench = openMachineIn('waiting')
    bench.leave('a')
    bench.join('b')
    expect([bench.wakeAt, bench.machine.size, bench.look()]).toEqual([undefined, 1, ['ask a']])
    for (const answer of ['loaded', 'unreachable'] as const) bench.machine.residency(answer)
    bench.machine.tick()
    bench.machine.head()
    expect([bench.machine.state, bench.look()]).toEqual(['streaming', []])
  })

  it('has a new grace when the one who joined leaves too', () => {
    const bench = openMachineIn('waiting')
    bench.leave('a')
    bench.join('b')
    bench.clock.advance(1000)
    bench.leave('b')
    expect([bench.wakeAt, bench.look()]).toEqual([61_000, ['ask a', 'ask b']])
  })

  it('is not repeated when it fails', () => {
    const { leave, fail, look } = openMachineIn('waiting')
    leave('a')
    fail('reset')
    expect(look()).toEqual(['ask a', 'transient reset'])
  })
})
