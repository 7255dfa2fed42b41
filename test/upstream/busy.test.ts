import { describe, expect, it } from 'vitest'
import { isBusy } from '../../src/upstream/busy.ts'

const SENTENCE = 'server busy, please try again.  maximum pending requests exceeded'

describe('a full queue of Ollama', () => {
  // As Ollama 0.32.15 with OLLAMA_MAX_QUEUE=1 wrote them.
  it.each([
    ['/api/generate', `{"error":"${SENTENCE}"}`],
    [
      '/v1/chat/completions',
      `{"error":{"message":"${SENTENCE}","type":"api_error","param":null,"code":null}}\n`,
    ],
    [
      '/v1/messages',
      `{"type":"error","error":{"type":"overloaded_error","message":"${SENTENCE}"},"request_id":"req_e9763a295f2d20e2fdfa66ea"}\n`,
    ],
  ])('is known by what %s says', (_path, body) => {
    expect(isBusy(503, Buffer.from(body))).toBe(true)
  })

  it.each([
    ['the same sentence with another status', 500, `{"error":"${SENTENCE}"}`],
    ['another sentence', 503, '{"error":"draining"}'],
    ['one blank instead of two', 503, `{"error":"${SENTENCE.replace('  ', ' ')}"}`],
    ['a sentence that goes on', 503, `{"error":"${SENTENCE}: really"}`],
    ['a page of a proxy between', 503, '<html><h1>503 Service Unavailable</h1></html>'],
    ['the bare sentence', 503, SENTENCE],
    ['an error that is not one', 503, '{"error":null}'],
    ['an array', 503, `["${SENTENCE}"]`],
    ['null', 503, 'null'],
    ['nothing', 503, ''],
    ['too much to be read', 503, `{"error":"${SENTENCE}"}${' '.repeat(1_024)}`],
  ])('is not %s', (_what, status, body) => {
    expect(isBusy(status, Buffer.from(body))).toBe(false)
  })
})
