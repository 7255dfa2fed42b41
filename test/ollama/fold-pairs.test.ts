import { describe, expect, it } from 'vitest'
import { findCase, VERSIONS } from '../support/corpus.ts'
import { ANSWERS, foldFrames, type RecordedAnswer, STREAMS, split } from './recorded-frames.ts'

/** What two runs of the same request differ in. */
const comparable = (body: Buffer): string =>
  body
    .toString()
    .replace(/"created_at":"[^"]*"/g, '"created_at":""')
    .replace(/"((?:total|load|prompt_eval|eval)_duration)":\d+/g, '"$1":0')

type Request = Record<string, unknown> & { options?: Record<string, unknown> }

const readRequest = ({ exchange }: RecordedAnswer): Request =>
  JSON.parse(exchange.request.body.toString()) as Request

/** The request without `stream`; undefined where two runs of it need not answer alike. */
function toQuestion(answer: RecordedAnswer): string | undefined {
  if (!/^\s*\{[\s\S]*\}\s*$/.test(answer.exchange.request.body.toString())) return undefined
  const { stream: _, ...request } = readRequest(answer)
  if (request.options?.temperature !== 0) return undefined
  return JSON.stringify([answer.version, answer.route, request])
}

const wholes = ANSWERS.filter(({ form }) => form === 'whole')

/** Each stream with each whole answer to the same request. */
const PAIRS = STREAMS.flatMap((stream) => {
  const question = toQuestion(stream)
  if (question === undefined) return []
  return wholes
    .filter((whole) => toQuestion(whole) === question)
    .map((whole) => ({ version: stream.version, stream, whole, pair: whole.name }))
})

describe('a recorded stream and the whole answer to the same request', () => {
  it('are there for every shape: plain, raw, suffix, format, log probabilities, thinking, chat', () => {
    const numbers = new Set(PAIRS.map(({ stream }) => stream.name.slice(0, 3)))
    const shapes = ['062', '076', '086', '106', '110', '120', '126', '131', '209', '264', '302']
    expect([...numbers]).toEqual(expect.arrayContaining([...shapes, '491', '520', '526']))
    for (const version of VERSIONS) {
      expect(PAIRS.filter((pair) => pair.version === version).length).toBeGreaterThan(40)
    }
  })

  it.each(PAIRS)('$version $stream.name folds to $pair, byte for byte', ({ stream, whole }) => {
    const { route, exchange } = stream
    const folded = foldFrames(route, split(exchange.response.body), 'no-tools')
    const type = whole.exchange.response.headers.find(([name]) => name === 'Content-Type')?.[1]
    expect(folded.status).toBe(200)
    expect(folded.contentType).toBe(type)
    expect(comparable(folded.body)).toBe(comparable(whole.exchange.response.body))
  })
})

/** Without what the stream was asked for besides, and without the random id. */
const withoutLogprobs = (body: Buffer): string => {
  const answer = JSON.parse(body.toString()) as Record<string, unknown>
  delete answer.logprobs
  return comparable(Buffer.from(JSON.stringify(answer))).replace(/"id":"call_\w{8}"/, '"id":""')
}

describe.each(VERSIONS)('with Ollama %s', (version) => {
  it('a tool call in the middle of a stream stands in the message of the whole answer (292, 295)', () => {
    const frames = split(findCase('295', version).response.body)
    const { body } = foldFrames('/api/chat', frames, 'tools')
    expect(withoutLogprobs(body)).toBe(withoutLogprobs(findCase('292', version).response.body))
    expect(body.toString()).toMatch(/"done_reason":"stop","logprobs":\[\{.*\],"total_duration":/)
  })

  it('log probabilities of a chat stand where a whole answer has them (287, 325)', () => {
    const { body } = foldFrames(
      '/api/chat',
      split(findCase('287', version).response.body),
      'no-tools',
    )
    const folded = JSON.parse(body.toString()) as { logprobs: unknown[] }
    const recorded = JSON.parse(findCase('325', version).response.body.toString()) as object
    expect(Object.keys(folded)).toEqual(Object.keys(recorded))
    expect(folded.logprobs).toHaveLength(4)
  })
})
