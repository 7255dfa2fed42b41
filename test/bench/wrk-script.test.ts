import { describe, expect, it } from 'vitest'
import { NEW, nextNumbers, type Question, toNumbered } from '../../bench/harness/load.ts'
import { toWrkScript } from '../../bench/harness/wrk-script.ts'

const QUESTION: Question = { method: 'POST', path: '/api/generate', body: `{"prompt":"${NEW}"}` }

describe('what is new each time', () => {
  it('keeps its length, so that the head in front of it stays', () => {
    const first = toNumbered(QUESTION, 7)
    const later = toNumbered(QUESTION, 123_456_789)
    expect(first.body).toHaveLength(QUESTION.body?.length ?? 0)
    expect(later.body).toHaveLength(QUESTION.body?.length ?? 0)
    expect(first.body).not.toBe(later.body)
  })

  it('never comes again in another part of the run', () => {
    const [first, second] = [nextNumbers(), nextNumbers()]
    expect(second - first).toBeGreaterThanOrEqual(10_000_000)
  })
})

describe('a script of wrk', () => {
  it('sends one known question without making it anew', () => {
    const script = toWrkScript({ kind: 'in-turn', questions: [QUESTION] })
    expect(script).toContain(`wrk.body = [===[${QUESTION.body}]===]`)
    expect(script).not.toContain('function request')
  })

  it('makes many questions once, and sends them in turn', () => {
    const others = [QUESTION, { ...QUESTION, body: '{}' }]
    const script = toWrkScript({ kind: 'in-turn', questions: others })
    expect(script).toContain('"/api/generate", [===[{}]===]')
    expect(script).toContain('at = at % #made + 1')
  })

  it('counts where a question is always new', () => {
    const script = toWrkScript({ kind: 'always-new', question: QUESTION })
    expect(script).toContain(`string.format("%0${NEW.length}d", number)`)
  })

  it('counts answers that are no success as errors', () => {
    const script = toWrkScript({ kind: 'in-turn', questions: [QUESTION] })
    expect(script).toContain('e.status')
  })
})
