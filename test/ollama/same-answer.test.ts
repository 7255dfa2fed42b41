import { describe, expect, it } from 'vitest'
import { findEndpoint } from '../../src/ollama/endpoints.ts'
import { readQuestion } from '../../src/ollama/question.ts'
import { isSameAnswer } from '../../src/ollama/same-answer.ts'

const POLICY = {
  injection: undefined,
  sampling: { maxTemperature: 0.3, absent: 'reuse' },
} as const

const TOOL = { type: 'function', function: { name: 'look', parameters: {} } }
const ASKED = { model: 'm', messages: [{ role: 'user', content: 'x' }], tools: [TOOL] }

const question = readQuestion(
  Buffer.from(JSON.stringify(ASKED)),
  findEndpoint('POST', '/api/chat')!,
  POLICY,
)

interface Said {
  readonly content?: string
  readonly tool_calls?: readonly object[]
}

/** An answer in frames that say this, and the last one. */
function answer(seconds: number, ...said: readonly Said[]): Buffer[] {
  const at = { model: 'm', created_at: `2026-01-01T00:00:0${seconds}Z` }
  const frames = said.map((each) => ({
    ...at,
    message: { role: 'assistant', content: '', ...each },
    done: false,
  }))
  const end = { done: true, done_reason: 'stop', total_duration: 1000 + seconds }
  const last = { ...at, message: { role: 'assistant', content: '' }, ...end }
  return [...frames, last].map((frame) => Buffer.from(`${JSON.stringify(frame)}\n`))
}

const call = (id: string, city: string) => ({
  id,
  function: { index: 0, name: 'look', arguments: { city } },
})

describe('two answers to one question', () => {
  it('are the same however they were cut, whenever they came, and however long they took', () => {
    const [one, other] = [
      answer(1, { content: 'one ' }, { content: 'two' }),
      answer(2, { content: 'one two' }),
    ]
    expect(isSameAnswer(question, one, other)).toBe(true)
  })

  it('are the same whatever ids were drawn for their calls', () => {
    const [one, other] = ['call_1', 'call_2'].map((id) =>
      answer(1, { tool_calls: [call(id, 'Rome')] }),
    )
    expect(isSameAnswer(question, one!, other!)).toBe(true)
  })

  it('are not the same where they say something else', () => {
    const said = answer(1, { content: 'one' })
    expect(isSameAnswer(question, said, answer(1, { content: 'two' }))).toBe(false)
    const [rome, oslo] = ['Rome', 'Oslo'].map((city) =>
      answer(1, { tool_calls: [call('c', city)] }),
    )
    expect(isSameAnswer(question, rome!, oslo!)).toBe(false)
    expect(isSameAnswer(undefined, said, said)).toBe(false)
  })
})
