import { describe, expect, it } from 'vitest'
import type { Fault } from '../support/origin-faults.ts'
import { openStage, PATH, type Stage, times } from './support/stage.ts'

const RESET: Fault = { kind: 'reset-before-headers' }

const repeats = (stage: Stage, reason: string) =>
  stage.reprise.metric(`reprise_run_repeats_total{reason="${reason}"}`)

describe('a run of one client that fails before its first frame', () => {
  it.each<Fault>([
    RESET,
    { kind: 'close-before-headers' },
    { kind: 'close-after', frames: 0 },
    { kind: 'close-inside', frames: 0 },
  ])('by %o is sent once more, and that answer is the whole of it', async (fault) => {
    const stage = await openStage()
    stage.origin.fail(PATH, fault)
    const answer = await stage.ask('q').answer
    expect([answer.status, answer.end, stage.runs()]).toEqual([200, 'proved', 2])
    expect(answer.body).toEqual((await stage.direct('q')).body)
    expect(await repeats(stage, 'retried')).toBe(1)
    expect((await stage.ask('q').answer).header('x-cache')).toBe('HIT')
  })

  it.each<[Fault, number, string]>([
    [RESET, 502, 'proved'],
    [{ kind: 'close-before-headers' }, 502, 'proved'],
    [{ kind: 'close-after', frames: 0 }, 200, 'cut'],
  ])('by %o and does so again is told, and leaves no entry', async (fault, status, end) => {
    const stage = await openStage()
    stage.origin.fail(PATH, fault, fault)
    const answer = await stage.ask('q').answer
    expect([answer.status, answer.end, stage.runs()]).toEqual([status, end, 2])
    expect((await stage.ask('q').answer).header('x-cache')).toBe('MISS')
  })

  it('is sent again no more often than for a tenth of the requests', async () => {
    const stage = await openStage()
    const statuses: number[] = []
    for (const index of times(12, (each) => each)) {
      stage.origin.fail(PATH, RESET)
      const answer = await stage.ask(`q${index}`).answer
      statuses.push(answer.status)
      // An origin that answers in between keeps the breaker out of this.
      if (answer.status === 502) await stage.ask(`good ${index}`).answer
    }
    // One to begin with, and the next when ten requests more have been sent.
    expect(statuses).toEqual([200, 502, 502, 502, 502, 200, 502, 502, 502, 502, 502, 200])
    expect(await repeats(stage, 'retried')).toBe(3)
  })
})
