import { describe, expect, it } from 'vitest'
import { canonicalize } from '../../src/ollama/canonical.ts'
import { documentOf, type Route } from './documents.ts'

const canonical = (text: string, route: Route = 'generate') =>
  canonicalize(documentOf(text, route)).toString()

describe('the canonical form', () => {
  it.each([
    [
      'drops white space',
      '{ "prompt" : "a b" ,\n"context" : [ 1 ,\t2 ] }',
      '{"context":[1,2],"prompt":"a b"}',
    ],
    ['sorts the top level', '{"prompt":"p","context":[2,1]}', '{"context":[2,1],"prompt":"p"}'],
    ['sorts options', '{"options":{"seed":1,"num_ctx":2}}', '{"options":{"num_ctx":2,"seed":1}}'],
    [
      'sorts nothing else',
      '{"format":{"b":1,"a":{"d":1,"c":2}}}',
      '{"format":{"b":1,"a":{"d":1,"c":2}}}',
    ],
    ['leaves the model to its digest', '{"model":"m","prompt":"p"}', '{"prompt":"p"}'],
    ['drops inert fields', '{"stream":false,"keep_alive":"5m"}', '{}'],
    [
      'unifies escapes',
      String.raw`{"pr\u006fmpt":"\u0041\/\u00E9\ud83d\ude00\u000a"}`,
      '{"prompt":"A/é😀\\n"}',
    ],
    [
      'unifies escapes inside',
      String.raw`{"format":{"\u0061":["\u0062"]}}`,
      '{"format":{"a":["b"]}}',
    ],
    [
      'keeps the spelling of numbers',
      '{"format":{"maximum":9007199254740993,"x":1.0}}',
      '{"format":{"maximum":9007199254740993,"x":1.0}}',
    ],
    [
      'keeps the spelling of integers',
      '{"options":{"seed":1.0,"top_k":1e1}}',
      '{"options":{"seed":1.0,"top_k":1e1}}',
    ],
    [
      'takes floats by value',
      '{"options":{"temperature":0.0,"top_p":9e-1,"min_p":1E20}}',
      '{"options":{"min_p":100000000000000000000,"temperature":0,"top_p":0.9}}',
    ],
    [
      'keeps minus zero apart',
      '{"options":{"temperature":-0.0}}',
      '{"options":{"temperature":-0}}',
    ],
    [
      'keeps what is beyond all numbers',
      '{"options":{"temperature":1e400}}',
      '{"options":{"temperature":1e400}}',
    ],
    [
      'keeps a float of another type',
      '{"options":{"temperature":"0.0","top_p":null}}',
      '{"options":{"temperature":"0.0","top_p":null}}',
    ],
    [
      'drops the listed empties',
      '{"suffix":"","system":"","template":"","raw":false,"logprobs":false,"options":{ },"images":[ ],"think":null}',
      '{}',
    ],
    ['drops options that are null', '{"options":null}', '{}'],
    [
      'keeps empties that Ollama tells apart',
      '{"context":[],"format":null,"truncate":false,"prompt":""}',
      '{"context":[],"format":null,"prompt":"","truncate":false}',
    ],
    ['keeps unknown fields', '{"future":"","stream2":false}', '{"future":"","stream2":false}'],
    ['keeps options it does not know the type of', '{"options":[ ]}', '{"options":[]}'],
  ])('%s', (_, text, expected) => {
    expect(canonical(text)).toBe(expected)
  })

  it('knows the fields of each route', () => {
    expect(canonical('{"system":"","tools":[],"think":null}', 'chat')).toBe(
      '{"system":"","tools":[]}',
    )
    expect(canonical('{"stream":false,"keep_alive":1,"input":"x"}', 'embed')).toBe(
      '{"input":"x","stream":false}',
    )
    expect(canonical('{"stream":false,"model":"m"}', 'show')).toBe('{"model":"m","stream":false}')
  })

  it('has room for every float in its longest spelling', () => {
    const floats = ['temperature', 'top_p', 'min_p', 'typical_p', 'repeat_penalty']
    const all = [...floats, 'presence_penalty', 'frequency_penalty']
    const text = `{"options":{${all.map((name) => `"${name}":-1e20`).join(',')}}}`
    const read = JSON.parse(canonical(text)) as { options: object }
    expect(Object.values(read.options)).toEqual(all.map(() => -1e20))
  })
})
