import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createQueue, type QueueOptions } from '../../src/proxy/queue.ts'
import type { Ticket } from '../../src/proxy/ticket.ts'
import { createManualClock } from '../support/clock.ts'
import { createReference } from './support/queue-reference.ts'
import { openQueue } from './support/waiters.ts'

const rules = fc.record({
  concurrency: fc.nat(3),
  maxDepth: fc.nat(8),
  maxWaitMs: fc.constantFrom(0, 0, 5, 20),
  groupTurns: fc.constantFrom(0, 0, 1, 2, 5),
})

const entering = fc.record({
  kind: fc.constant('enter' as const),
  client: fc.constantFrom('a', 'a', 'a', 'b', 'c'),
  group: fc.constantFrom('g', 'h', 'i'),
  lane: fc.constantFrom('foreground' as const, 'foreground' as const, 'background' as const),
})

const leaving = fc.record({ kind: fc.constant('leave' as const), pick: fc.nat(1000) })
const advancing = fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(9) })

const step = fc.oneof(
  { weight: 12, arbitrary: entering },
  { weight: 9, arbitrary: leaving },
  { weight: 3, arbitrary: advancing },
)

type Step =
  | { readonly kind: 'drain' }
  | (typeof entering extends fc.Arbitrary<infer S> ? S : never)
  | (typeof leaving extends fc.Arbitrary<infer S> ? S : never)
  | (typeof advancing extends fc.Arbitrary<infer S> ? S : never)

/** Both queues side by side. */
function openBoth(options: Omit<QueueOptions, 'clock'>) {
  const clock = createManualClock()
  const queue = createQueue({ clock, ...options })
  const reference = createReference(options)
  const events: string[] = []
  const tickets: Ticket[] = []

  function enter(given: Extract<Step, { kind: 'enter' }>): void {
    const name = tickets.length
    reference.enter({ ...given, name, enteredAt: clock.monotonic() })
    const happen = (what: string) => void events.push(`${name} ${what}`)
    const foretold = given.lane === 'foreground' ? queue.findRefusal() : undefined
    tickets.push(
      queue.enter({ ...given, start: () => happen('starts'), refuse: (reason) => happen(reason) }),
    )
    if (given.lane === 'background') return
    const isRefused = events.some(
      (event) => event === `${name} full` || event === `${name} draining`,
    )
    expect(isRefused ? events.at(-1) : undefined).toBe(foretold && `${name} ${foretold}`)
  }

  function leave(name: number): void {
    reference.leave(name)
    tickets[name]?.leave()
  }

  return { clock, queue, reference, events, tickets, enter, leave }
}

function run(both: ReturnType<typeof openBoth>, each: Step): void {
  if (each.kind === 'enter') both.enter(each)
  else if (each.kind === 'leave') both.leave(each.pick % Math.max(both.tickets.length, 1))
  else if (each.kind === 'advance') {
    both.clock.advance(each.ms)
    both.reference.reach(both.clock.monotonic())
  } else {
    both.queue.drain()
    both.reference.drain()
  }
}

/** Refusals at a drain and at one instant come in no promised order: only starts do. */
function sortRefusals(events: readonly string[]): string[] {
  const starts = events.filter((event) => event.endsWith('starts'))
  return [...starts, ...events.filter((event) => !event.endsWith('starts')).sort()]
}

describe('the queue', () => {
  it('does what the plain one does, whoever comes, leaves and waits', () => {
    const story = fc.tuple(rules, fc.array(step, { maxLength: 80 }), fc.nat(160))
    fc.assert(
      fc.property(story, ([options, steps, drainAt]) => {
        const both = openBoth(options)
        const all = (steps as readonly Step[]).toSpliced(drainAt, 0, { kind: 'drain' })
        for (const each of drainAt < steps.length ? all : steps) {
          run(both, each)
          expect(sortRefusals(both.events)).toEqual(sortRefusals(both.reference.events))
          expect(both.queue.depth).toBe(both.reference.depth)
          expect(both.queue.running).toBe(both.reference.running.size)
        }
      }),
      { numRuns: 400 },
    )
  })

  it('keeps nothing when all have left, and told each of them one thing at most', () => {
    fc.assert(
      fc.property(rules, fc.array(step, { maxLength: 80 }), (options, steps) => {
        const both = openBoth(options)
        for (const each of steps) run(both, each)
        for (let name = both.tickets.length - 1; name >= 0; name--) both.leave(name)
        for (let name = 0; name < both.tickets.length; name++) both.leave(name)
        expect([both.queue.depth, both.queue.running, both.clock.pending()]).toEqual([0, 0, 0])
        const told = both.events.map((event) => event.split(' ')[0])
        expect(new Set(told).size).toBe(told.length)
      }),
    )
  })

  it('leaves no slot free while one waits', () => {
    fc.assert(
      fc.property(rules, fc.array(step, { maxLength: 80 }), (options, steps) => {
        const both = openBoth(options)
        for (const each of steps) {
          run(both, each)
          if (both.queue.depth > 0) expect(both.queue.running).toBe(options.concurrency)
        }
      }),
    )
  })
})

describe('grouping by load options', () => {
  it('lets nobody who came later overtake more often than it may', () => {
    const groups = fc.array(fc.constantFrom('g', 'h', 'i'), { maxLength: 40 })
    fc.assert(
      fc.property(fc.nat(6), groups, (groupTurns, waiting) => {
        const { enter, runOut } = openQueue({ groupTurns })
        enter('running', { group: 'g' })
        waiting.forEach((group, at) => void enter(String(at), { group }))
        const order = runOut().map(Number)
        expect(order).toHaveLength(waiting.length)
        order.forEach((name, at) => {
          const overtaking = order.slice(0, at).filter((earlier) => earlier > name)
          expect(overtaking.length).toBeLessThanOrEqual(groupTurns)
        })
      }),
    )
  })
})
