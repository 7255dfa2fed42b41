import { describe, expect, it } from 'vitest'
import { createJudge, judgeAll, readTotals } from '../../src/ollama/completeness.ts'
import { findCase, loadExperiment, VERSIONS } from '../support/corpus.ts'
import { STREAMS, split, toLines } from './recorded-frames.ts'

const BEFORE = '{"model":"m","response":"a","done":false}\n'
const LAST = '{"model":"m","response":"","done":true,"done_reason":"stop","eval_count":3}\n'

const judgeFrames = (frames: readonly Buffer[]) => judgeAll(createJudge(), frames)
const judge = (...lines: string[]) => judgeFrames(lines.map((line) => Buffer.from(line)))

describe('an answer is complete', () => {
  it.each(['stop', 'length'])('when its last frame is done for %s', (reason) => {
    expect(judge(BEFORE, LAST.replace('stop', reason))).toBe('complete')
    expect(judge(LAST.replace('stop', reason))).toBe('complete')
  })

  it('whatever its texts say', () => {
    const talk = '{"response":"\\"error\\":1,\\"done\\":true","deep":{"error":1,"done":true}}\n'
    expect(judge(talk, LAST)).toBe('complete')
  })

  it.each(STREAMS)('$version $name: as recorded, but not with its end cut off', ({ exchange }) => {
    const frames = toLines(exchange.response.body)
    expect(judgeFrames(frames)).toBe('complete')
    expect(judgeFrames(frames.slice(0, -1))).toBe('incomplete')
  })
})

describe('an answer is incomplete', () => {
  it.each<[string, string[]]>([
    ['nothing came', []],
    ['it is not done', [BEFORE, BEFORE]],
    ['done is no truth value', [BEFORE, LAST.replace('true', '"true"')]],
    ['done is false at the end', [BEFORE, LAST.replace('true', 'false')]],
    ['it only loaded the model', [LAST.replace('stop', 'load')]],
    ['it only unloaded the model', [LAST.replace('stop', 'unload')]],
    ['it has no reason', ['{"done":true}\n']],
    ['its reason is no text', ['{"done":true,"done_reason":1}\n']],
    ['a blank line follows', [BEFORE, LAST, '\n']],
    ['a frame follows', [BEFORE, LAST, BEFORE]],
    ['it is done twice', [BEFORE, LAST, LAST]],
    ['junk follows', [BEFORE, LAST, 'x']],
    ['a blank line is in the middle', [BEFORE, '\n', LAST]],
    ['a line in the middle is broken', [BEFORE, '{"response":\n', LAST]],
    ['a line in the middle is no object', ['[]\n', LAST]],
    ['its last line has no line end', [BEFORE, LAST.trimEnd()]],
  ])('when %s', (_why, lines) => {
    expect(judge(...lines)).toBe('incomplete')
  })
})

describe('an answer tells of an error', () => {
  it.each<[string, string[]]>([
    ['at the end', [BEFORE, '{"error":"unexpected EOF"}\n']],
    ['alone', ['{"error":"x"}\n']],
    ['in the middle', [BEFORE, '{"error":"x"}\n', LAST]],
    ['in a frame that is done', ['{"done":true,"done_reason":"stop","error":"x"}\n']],
    ['behind one that is done', [LAST, '{"error":"x"}\n']],
    ['that is null', ['{"error":null}\n', LAST]],
    ['under an escaped name', ['{"\\u0065rror":"x"}\n', LAST]],
  ])('%s', (_where, lines) => {
    expect(judge(...lines)).toBe('error-frame')
  })

  it.each(['killed-generate-stream', 'killed-chat-stream'])('as recorded in %s', (name) => {
    const text = loadExperiment(name).response.text ?? ''
    expect(judgeFrames(split(Buffer.from(text)))).toBe('error-frame')
  })
})

describe('the totals of an answer', () => {
  it('are counts, and durations in ms without the load', () => {
    const frame = Buffer.from(
      '{"done_reason":"length","total_duration":9000000,"load_duration":2500000,"prompt_eval_count":4,"prompt_eval_duration":1000000,"eval_count":5,"eval_duration":500000}',
    )
    const totals = {
      promptTokens: 4,
      tokens: 5,
      costMs: 1.5,
      promptMs: 1,
      loadMs: 2.5,
      doneReason: 'length',
    }
    expect(readTotals(frame)).toEqual(totals)
  })

  it.each(['{}', '{"eval_count":"5","done_reason":null}', 'nonsense', ''])(
    '%j has none',
    (text) => {
      const none = {
        promptTokens: 0,
        tokens: 0,
        costMs: 0,
        promptMs: 0,
        loadMs: 0,
        doneReason: undefined,
      }
      expect(readTotals(Buffer.from(text))).toEqual(none)
    },
  )

  it.each(STREAMS)(
    '$version $name: are known to who has judged all of it, and to nobody before',
    ({ exchange }) => {
      const frames = toLines(exchange.response.body)
      const judge = createJudge()
      expect(judgeAll(judge, frames.slice(0, -1))).toBe('incomplete')
      expect(judge.totals()).toBeUndefined()
      for (const last of frames.slice(-1)) judge.take(last, 0, last.length)
      expect(judge.totals()).toEqual(readTotals(frames.at(-1) ?? Buffer.alloc(0)))
    },
  )

  it.each([
    ['a frame behind the last one', [LAST, BEFORE]],
    ['an error', ['{"error":"x"}\n', LAST]],
    ['a reason that is no end', [BEFORE, LAST.replace('stop', 'load')]],
  ])('are not told of an answer with %s', (_what, lines) => {
    const judge = createJudge()
    judgeAll(
      judge,
      lines.map((line) => Buffer.from(line)),
    )
    expect(judge.totals()).toBeUndefined()
  })

  it.each(VERSIONS)('of %s are those of the recording (071)', (version) => {
    const { body } = findCase('071', version).response
    const answer = JSON.parse(body.toString()) as Record<string, number>
    expect(readTotals(body)).toMatchObject({
      promptTokens: answer.prompt_eval_count,
      tokens: answer.eval_count,
      costMs: (answer.prompt_eval_duration! + answer.eval_duration!) / 1e6,
      loadMs: answer.load_duration! / 1e6,
    })
  })
})
