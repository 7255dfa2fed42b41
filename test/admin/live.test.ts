import { describe, expect, it } from 'vitest'
import { createLive, type LiveState } from '../../src/admin/live.ts'
import type { Stats } from '../../src/admin/stats.ts'
import type { Observation } from '../../src/metrics/observation.ts'
import { toRefused } from '../../src/metrics/refused.ts'
import { createManualClock } from '../support/clock.ts'
import { groupOf } from '../support/observed.ts'

interface Told {
  readonly name: string
  readonly data: Record<string, unknown>
}

/** A broadcast whose state a test sets, and a way to look at it. */
function open() {
  const clock = createManualClock()
  const origin = { queueDepth: 0, running: 0, flights: 0, breaker: 'closed' as const }
  const made = { stats: 0 }
  const live = createLive({
    clock,
    origin: () => ({ ...origin }),
    stats() {
      made.stats += 1
      return {} as Stats
    },
  })
  const note = (observation: Observation, times = 1) =>
    live.note(groupOf(observation, times), clock.now())
  return { clock, origin, live, made, note }
}

function watch({ live }: Pick<ReturnType<typeof open>, 'live'>) {
  let text = ''
  let ended = false
  const viewer = {
    send(more: string) {
      text += more
    },
    end() {
      ended = true
    },
  }
  const seat = live.watch(viewer)
  return {
    leave: () => seat?.leave(),
    isSeated: seat !== undefined,
    hasEnded: () => ended,
    /** What came since the last call. */
    take(): Told[] {
      const blocks = text.split('\n\n').filter((block) => block.startsWith('event'))
      text = ''
      return blocks.map((block) => {
        const [name = '', data = ''] = block.split('\n')
        return { name: name.slice('event: '.length), data: JSON.parse(data.slice('data: '.length)) }
      })
    },
    raw: () => text,
  }
}

const HIT: Observation = {
  ...toRefused(200),
  outcome: { kind: 'hit', tier: 'memory', ttlSeconds: 5 },
  endpoint: '/api/chat',
  kind: 'text',
  model: 'tiny:latest',
  durationMs: 0.4567,
  saved: { costMs: 1234.5, tokens: 9 },
}

const names = (told: readonly Told[]) => told.map(({ name }) => name)

describe('what a viewer is told', () => {
  it('begins with the past and the state, and goes on with each request that ends', () => {
    const opened = open()
    opened.note(HIT)
    const viewer = watch(opened)
    const [past, state] = viewer.take()
    expect(past?.name).toBe('past')
    expect(past?.data.requests).toHaveLength(1)
    expect(past?.data.minutes).toHaveLength(60)
    expect(state?.name).toBe('state')
    opened.note(HIT)
    opened.clock.advance(100)
    expect(viewer.take().find(({ name }) => name === 'request')?.data).toEqual({
      at: Date.UTC(2026, 0, 1),
      outcome: 'hit',
      route: '/api/chat',
      model: 'tiny:latest',
      status: 200,
      ms: 0.46,
      savedMs: 1235,
    })
  })

  it('is a state at most once a second while things change, and the last one is always told', () => {
    const opened = open()
    const viewer = watch(opened)
    viewer.take()
    for (let depth = 1; depth <= 30; depth++) {
      opened.origin.queueDepth = depth
      opened.live.touch()
      opened.clock.advance(100)
    }
    opened.clock.advance(1_000)
    const states = viewer.take().map(({ data }) => data as unknown as LiveState)
    expect(states.map(({ origin }) => origin.queueDepth)).toEqual([10, 20, 30])
  })

  it('is nothing while nothing changes, but for a sign of life', () => {
    const opened = open()
    const viewer = watch(opened)
    viewer.take()
    opened.clock.advance(60_000)
    expect(viewer.raw()).toBe(':\n\n'.repeat(3))
    expect(opened.made.stats).toBe(1)
  })

  it('is counted where more ends than anybody could read', () => {
    const opened = open()
    const viewer = watch(opened)
    viewer.take()
    opened.note(HIT, 500)
    opened.clock.advance(1_000)
    const told = viewer.take()
    expect(names(told).filter((name) => name === 'request')).toHaveLength(200)
    expect(told.at(-1)?.data.skipped).toBe(300)
  })

  it('is no request that is to leave no trace, though the hour counts it', () => {
    const opened = open()
    const viewer = watch(opened)
    viewer.take()
    opened.note({ ...HIT, outcome: { kind: 'bypass', reason: 'no-store' } })
    opened.clock.advance(1_000)
    const told = viewer.take()
    expect(names(told)).toEqual(['state'])
    expect((told[0]!.data.minutes as { requests: number }[])[1]?.requests).toBe(1)
  })
})

describe('viewers', () => {
  it('cost no timer and no statistics while there are none', () => {
    const opened = open()
    for (let i = 0; i < 500; i++) opened.note(HIT)
    opened.live.touch()
    expect([opened.clock.pending(), opened.made.stats]).toEqual([0, 0])
    const viewer = watch(opened)
    opened.note(HIT)
    viewer.leave()
    expect(opened.clock.pending()).toBe(0)
  })

  it('who come later are told of the last fifty requests at least, and never of all', () => {
    const opened = open()
    for (let i = 0; i < 1_000; i++) opened.note(HIT)
    const [past] = watch(opened).take()
    const { length } = past!.data.requests as unknown[]
    expect(length).toBeGreaterThanOrEqual(50)
    expect(length).toBeLessThan(100)
  })

  it('are thirty-two at most, and all are ended when the server closes', () => {
    const opened = open()
    const viewers = Array.from({ length: 33 }, () => watch(opened))
    expect(viewers.filter(({ isSeated }) => isSeated)).toHaveLength(32)
    opened.live.close()
    expect(viewers.filter(({ hasEnded }) => hasEnded())).toHaveLength(32)
    expect(opened.clock.pending()).toBe(0)
  })
})
