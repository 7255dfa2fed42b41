import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createJudge, judgeAll } from '../../src/ollama/completeness.ts'
import { readFrame, readInner } from '../../src/ollama/frame.ts'
import { createPlainReader } from '../../src/ollama/plain-frame.ts'
import type { Member } from '../../src/ollama/walk.ts'
import { foldFrames, STREAMS, toLines } from './recorded-frames.ts'

const reader = createPlainReader()

const inside = (member: Member | undefined): readonly [number, number] | undefined =>
  member && [member.start + 1, member.end - 1]

/** What the tokenizer and the members say of a frame: where its texts stand, and what else is in it. */
function readSlowly(frame: Buffer) {
  const members = readFrame(frame)
  if (members === undefined) return undefined
  const message = readInner(frame, members, 'message')
  const inner = message ?? members
  const name = message === undefined ? 'response' : 'content'
  return {
    name,
    names: [...members.keys(), ...(message?.keys() ?? [])],
    done: members.get('done')?.type,
    lineEnd: frame.at(-1),
    text: inside(inner.get(name)),
    thinking: inside(inner.get('thinking')),
  }
}

/** The same of the plain reader; undefined where it does not know the frame. */
function readPlainly(bytes: Buffer, from = 0, to = bytes.length) {
  if (!reader.read(bytes, from, to)) return undefined
  const { name, textStart, textEnd, thinkingStart, thinkingEnd } = reader
  const isThinking = thinkingStart >= 0
  const role = name === 'content' ? ['role'] : []
  const names = ['model', 'created_at', name === 'content' ? 'message' : name, 'done', ...role]
  if (name === 'content') names.push('content')
  return {
    name,
    names: isThinking ? [...names, 'thinking'].sort() : names.sort(),
    done: 'false',
    lineEnd: 0x0a,
    text: [textStart - from, textEnd - from],
    thinking: isThinking ? [thinkingStart - from, thinkingEnd - from] : undefined,
  }
}

/** Whatever the plain reader says, the other two say as well. */
function agree(frame: Buffer): boolean {
  const plain = readPlainly(frame)
  if (plain === undefined) return false
  const slow = readSlowly(frame)
  expect({ ...slow, names: slow?.names.toSorted() }).toEqual(plain)
  return true
}

const RECORDED = STREAMS.flatMap(({ exchange }) => toLines(exchange.response.body))

describe('a plain frame', () => {
  it('is what most recorded frames are, and is read as the tokenizer reads it', () => {
    const plain = RECORDED.filter(agree)
    expect(plain.length / RECORDED.length).toBeGreaterThan(0.95)
  })

  it('may think aloud, in both routes', () => {
    const thinking = RECORDED.filter((frame) => (readPlainly(frame)?.thinking ?? []).length > 0)
    expect(new Set(thinking.map((frame) => readPlainly(frame)?.name)).size).toBe(2)
  })

  it('is found anywhere in a piece of memory', () => {
    for (const frame of RECORDED.slice(0, 500)) {
      const piece = Buffer.concat([Buffer.from('{"model":"'), frame, Buffer.from('"}\n')])
      expect(readPlainly(piece, 10, 10 + frame.length)).toEqual(readPlainly(frame))
      expect(reader.read(piece, 10, 10 + frame.length + 1)).toBe(false)
      expect(reader.read(piece, 10, 10 + frame.length - 1)).toBe(false)
    }
  })

  it('may hold any text that JSON can spell', () => {
    const text = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(text, text, (response, thinking) => {
        const said = { model: 'm', created_at: 't', response, thinking, done: false }
        const line = Buffer.from(`${JSON.stringify(said)}\n`)
        expect(agree(line)).toBe(readFrame(line) !== undefined)
      }),
    )
  })
})

/** The same frame to any reader of JSON, but not a plain one. */
const toOdd = (frame: Buffer): Buffer =>
  frame[0] === 0x7b ? Buffer.concat([Buffer.from('{ '), frame.subarray(1)]) : frame

describe('an answer of plain frames', () => {
  it.each(STREAMS)('is judged and folded like any other: $version $name', ({ route, exchange }) => {
    const frames = toLines(exchange.response.body)
    const odd = [...frames.slice(0, -1).map(toOdd), ...frames.slice(-1)]
    for (const count of [frames.length, frames.length - 1]) {
      const some = odd.slice(0, count)
      const verdict = judgeAll(createJudge(), frames.slice(0, count))
      expect(verdict).toBe(judgeAll(createJudge(), some))
    }
    for (const tools of ['tools', 'no-tools'] as const) {
      expect(foldFrames(route, frames, tools)).toEqual(foldFrames(route, odd, tools))
    }
  })

  it.each(STREAMS)(
    'is folded like any other where only some are: $version $name',
    ({ route, exchange }) => {
      const frames = toLines(exchange.response.body)
      const folded = foldFrames(route, frames, 'tools')
      fc.assert(
        fc.property(fc.infiniteStream(fc.boolean()), (odd) => {
          const some = frames.map((frame) => (odd.next().value ? toOdd(frame) : frame))
          // The last one is what the whole answer is made of, and is never plain.
          expect(foldFrames(route, [...some.slice(0, -1), ...frames.slice(-1)], 'tools')).toEqual(
            folded,
          )
        }),
        { numRuns: 20 },
      )
    },
  )

  it('that ends with one, or with a blank line, is folded like any other', () => {
    const [first = Buffer.alloc(0), second = first] = RECORDED.filter(agree)
    for (const route of ['/api/generate', '/api/chat'] as const) {
      for (const tail of [[], [Buffer.from('\n')]]) {
        const plain = foldFrames(route, [first, second, ...tail], 'tools')
        expect(plain).toEqual(foldFrames(route, [toOdd(first), second, ...tail], 'tools'))
      }
    }
  })
})

describe('what is not plain', () => {
  const pieces = ['\\', '"', ',', '}', '{', '\n', '\\ud800', '\\u12', '"error":1,', 'é', 'x', '\0']
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    taken: fc.nat({ max: 4 }),
    put: fc.oneof(
      fc.constantFrom(...pieces).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
    ),
  })

  it('is never taken for it: whatever is changed in a recorded frame, both readers say the same', () => {
    const frame = fc.constantFrom(...RECORDED)
    fc.assert(
      fc.property(frame, fc.array(change, { minLength: 1, maxLength: 3 }), (whole, changes) => {
        const changed = changes.reduce((bytes, { at, taken, put }) => {
          const from = Math.floor(at * bytes.length)
          return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + taken)])
        }, whole)
        agree(changed)
      }),
      { numRuns: 5_000 },
    )
  })

  it.each([
    '{"model":"m","created_at":"t","response":"a","done":true}\n',
    '{"model":"m","created_at":"t","response":"a","done":false}',
    '{"model":"m","created_at":"t","response":"a","done":false,"error":"x"}\n',
    '{"model":"m","created_at":"t","response":"a","error":"x","done":false}\n',
    '{"model":"m","created_at":"t","response":"\\ud800","done":false}\n',
    '{"model":"m","created_at":"t","response":"a","done":false}\n\n',
    ' {"model":"m","created_at":"t","response":"a","done":false}\n',
    '',
    '\n',
  ])('%j', (text) => {
    expect(readPlainly(Buffer.from(text))).toBeUndefined()
  })

  it('are bytes that are no UTF-8', () => {
    const line = Buffer.from('{"model":"m","created_at":"t","response":"?","done":false}\n')
    line[line.indexOf('?')] = 0xff
    expect(readPlainly(line)).toBeUndefined()
  })
})
