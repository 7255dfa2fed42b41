import { describe, expect, it } from 'vitest'
import { openMachine, openMachineIn } from './support/machine.ts'

const STATES = ['waiting', 'backing-off', 'streaming'] as const

describe('a flight', () => {
  it('asks for a slot, is sent once there is one, and ends when the transport does', () => {
    const { machine, look } = openMachine()
    expect([machine.state, look()]).toEqual(['queued', ['enter a']])
    machine.admitted()
    expect([machine.state, look()]).toEqual(['waiting', ['send a first']])
    machine.head()
    machine.frames(3)
    expect([machine.state, look()]).toEqual(['streaming', []])
    machine.finish()
    expect([machine.state, machine.runs, look()]).toEqual(['over', 1, ['done']])
  })

  it.each(STATES)('takes who joins while it is %s without another run', (state) => {
    const { machine, join, look } = openMachineIn(state)
    join('b', 'c')
    expect([machine.size, look()]).toEqual([3, []])
  })

  it('is sent once, however often it is admitted', () => {
    const { machine, look } = openMachineIn('waiting')
    machine.admitted()
    expect([machine.runs, look()]).toEqual([1, []])
  })

  it('tells everybody of a refusal, and sends nothing after it', () => {
    const { machine, join, look } = openMachine()
    join('b')
    machine.refused('queue-full')
    machine.admitted()
    expect([machine.runs, look()]).toEqual([0, ['enter a', 'refused queue-full']])
  })

  it('hears nothing once it is over', () => {
    const { machine, leave, fail, look } = openMachineIn('streaming')
    machine.finish()
    look()
    machine.head()
    machine.finish()
    machine.refused('draining')
    fail('reset')
    leave('a')
    machine.tick()
    machine.overflow()
    expect([machine.state, machine.busy(), look()]).toEqual(['over', false, []])
  })
})

describe('a busy origin', () => {
  it('is asked again by the same request, after the wait and not before', () => {
    const bench = openMachineIn('waiting')
    bench.clock.advance(100)
    expect([bench.machine.busy(), bench.machine.state]).toEqual([true, 'backing-off'])
    expect([bench.wakeAt, bench.look()]).toEqual([600, []])
    bench.machine.tick()
    expect([bench.machine.state, bench.look()]).toEqual(['waiting', ['send a busy']])
  })

  it('is asked again once only', () => {
    const { machine } = openMachineIn('backing-off')
    machine.tick()
    expect([machine.busy(), machine.state, machine.runs]).toEqual([false, 'waiting', 2])
  })

  it('is not asked again without the leave of the budget', () => {
    const { machine } = openMachineIn('waiting', { takeRetry: () => false })
    expect([machine.busy(), machine.state]).toEqual([false, 'waiting'])
  })

  it('is not asked again for a run that nobody waits for', () => {
    const { machine, leave } = openMachineIn('waiting')
    leave('a')
    expect(machine.busy()).toBe(false)
  })

  it('is asked again by the first request although its client has left meanwhile', () => {
    const { machine, join, leave, look } = openMachineIn('backing-off')
    join('b')
    leave('a')
    machine.tick()
    expect(look()).toEqual(['send a busy'])
  })
})

describe('a refresh', () => {
  it('is wanted by nobody and runs to its end', () => {
    const { machine, look } = openMachineIn('streaming', { purpose: 'refresh' })
    expect(machine.size).toBe(0)
    machine.finish()
    expect(look()).toEqual(['done'])
  })

  it('runs on when those have left who joined it', () => {
    const { machine, join, leave, look } = openMachineIn('waiting', { purpose: 'refresh' })
    join('b')
    leave('b')
    expect([machine.state, look()]).toEqual(['waiting', []])
  })

  it('is given up once it is larger than what may be kept', () => {
    const { machine, look } = openMachineIn('streaming', { purpose: 'refresh' })
    machine.overflow()
    expect(look()).toEqual(['cancel', 'abandoned streaming'])
  })

  it('goes to somebody who joined it when its run fails', () => {
    const { join, fail, look } = openMachineIn('waiting', { purpose: 'refresh' })
    join('b')
    fail('reset')
    expect(look()).toEqual(['send b promoted'])
  })

  it('is not repeated for nobody', () => {
    const { fail, look } = openMachineIn('waiting', { purpose: 'refresh' })
    fail('reset')
    expect(look()).toEqual(['transient reset'])
  })
})
