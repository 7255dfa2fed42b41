import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createColumns, listTail, toColumns } from '../../src/ollama/columns.ts'
import { foldSpans } from '../../src/ollama/fold.ts'
import { listFrames, toRow } from '../../src/ollama/frames.ts'
import { toCreatedAt } from '../../src/ollama/go-json.ts'
import {
  readSpans,
  sizeOfColumns,
  sizeOfUnpacked,
  unpackSpans,
  writeColumns,
} from '../../src/ollama/packed-columns.ts'
import { foldFrames, STREAMS, toLines } from './recorded-frames.ts'

const collect = (frames: readonly Buffer[]) => toColumns(frames.map(toRow))

/** Through bytes and back. */
function pass(frames: readonly Buffer[]) {
  const columns = collect(frames)
  const packed = writeColumns(columns)
  expect(packed.length).toBe(sizeOfColumns(columns))
  const spans = readSpans(packed) ?? []
  return { packed, spans, frames: listFrames([unpackSpans(spans, sizeOfUnpacked(packed))]) }
}

const native = (created: string, said: string, more = '') =>
  `{"model":"m","created_at":"${created}","response":"${said}"${more},"done":false}\n`
const chat = (created: string, said: string, more = '') =>
  `{"model":"m","created_at":"${created}","message":{"role":"assistant","content":"${said}"${more}},"done":false}\n`
const LAST =
  '{"model":"m","created_at":"2026-01-02T03:04:05Z","response":"","done":true,"done_reason":"stop"}\n'

const at = toCreatedAt
const START = Date.UTC(2026, 0, 2, 3, 4, 5)

const anyInstant = fc.oneof(
  fc.nat(20_000).map((ms) => new Date(START + ms).toISOString().replace('Z', '417362Z')),
  fc.nat(20_000).map((ms) => at(START + ms)),
  fc.constantFrom('2026-01-02T03:04:05Z', '2026-01-02T03:04:05.5Z', 'yesterday', ''),
)
const anySaid = fc.oneof(
  fc.constantFrom('', ' a', 'ä', '€', '\\n', '\\"', '\\u003c', '\\ud83d'),
  fc.nat(600).map((length) => 'x'.repeat(length)),
)
const anyThought = anySaid.map((said) => `,"thinking":"${said}"`)
const anyFrame = fc
  .oneof(
    fc.tuple(anyInstant, anySaid).map((some) => native(...some)),
    fc.tuple(anyInstant, anySaid).map((some) => chat(...some)),
    fc.tuple(anyInstant, fc.constant(''), anyThought).map((some) => native(...some)),
    fc.tuple(anyInstant, anySaid, anyThought).map((some) => chat(...some)),
    fc.tuple(anyInstant, anySaid).map((some) => native(...some).replace('"m"', '"other"')),
    fc.constantFrom(LAST, '', '\n', 'x', '{"error":"no"}\n'),
  )
  .map((text) => Buffer.from(text))

describe('frames in columns', () => {
  it('come out of their bytes as they went in, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 12 }), (frames) => {
        expect(pass(frames).frames).toEqual(frames)
      }),
      { numRuns: 1000 },
    )
  })

  it('are those of bytes that they stand in anywhere', () => {
    const columns = createColumns()
    const frame = native('2026-01-02T03:04:05.5Z', 'a')
    const bytes = Buffer.from(`before${frame}${frame}behind`)
    columns.take(bytes, 6, 6 + frame.length)
    columns.take(bytes, 6 + frame.length, 6 + 2 * frame.length)
    const spans = readSpans(writeColumns(columns)) ?? []
    expect(String(unpackSpans(spans, columns.size).bytes)).toBe(frame + frame)
  })

  it.each([
    ['alike', [native(at(START), 'a'), native(at(START + 5), 'b')], 1],
    [
      'that think, then speak',
      [native(at(START), '', ',"thinking":"a"'), native(at(START + 5), 'b')],
      2,
    ],
    [
      'that do both at once',
      [native(at(START), 'a', ',"thinking":"b"'), native(at(START), 'a', ',"thinking":"b"')],
      2,
    ],
    ['further apart than 4 s', [native(at(START), 'a'), native(at(START + 4_295), 'b')], 2],
    ['of which one goes back in time', [native(at(START + 1), 'a'), native(at(START), 'b')], 2],
    ['of two models', [native(at(START), 'a'), native(at(START), 'a').replace('"m"', '"n"')], 2],
    ['of two routes', [native(at(START), 'a'), chat(at(START), 'a')], 2],
    ['whose instants Go would not print', [native('x', 'a'), native('x', 'b')], 2],
  ])('%s stand in so many spans', (_, texts, spans) => {
    const frames = texts.map((text) => Buffer.from(text))
    const passed = pass(frames)
    expect(passed.frames).toEqual(frames)
    expect(passed.spans).toHaveLength(spans)
  })

  it('say whether a frame tells that more comes', () => {
    const columns = createColumns()
    const texts = [native('x', 'a'), chat(at(START), 'b'), LAST, '{"error":"no"}\n']
    const said = texts.map((text) => columns.take(Buffer.from(text), 0, text.length))
    expect(said).toEqual([true, true, false, false])
  })

  it('have the last one at hand', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 6 }), (frames) => {
        const last = frames.at(-1)
        expect(listTail({ rows: [], spans: pass(frames).spans }, 4)).toEqual([last])
        expect(listTail({ rows: [], spans: collect(frames).spans }, 4)).toEqual([last])
        expect(listTail({ rows: frames.map(toRow) }, 4)).toEqual(frames.slice(-4))
      }),
    )
  })

  it('fold to the same out of their bytes', () => {
    const tools = fc.constantFrom('tools', 'no-tools')
    const route = fc.constantFrom('/api/generate', '/api/chat')
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 8 }), route, tools, (frames, where, offered) => {
        expect(foldSpans(where, pass(frames).spans, offered)).toEqual(
          foldFrames(where, frames, offered),
        )
      }),
    )
  })

  it('fold to what the same frames fold to that are written otherwise, and so are read one by one', () => {
    const frame = fc.oneof(
      fc.tuple(anyInstant, anySaid).map((some) => chat(...some)),
      fc.tuple(anyInstant, anySaid).map((some) => native(...some)),
      fc.tuple(anyInstant, anySaid, anyThought).map((some) => chat(...some)),
      fc.tuple(anyInstant, anySaid, anyThought).map((some) => native(...some)),
    )
    const route = fc.constantFrom('/api/generate', '/api/chat')
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), route, (texts, where) => {
        const [plain, spaced] = [texts, texts.map((text) => text.replace('{', '{ '))].map((some) =>
          [...some, LAST].map((text) => Buffer.from(text)),
        )
        expect(foldFrames(where, plain ?? [], 'tools')).toEqual(
          foldFrames(where, spaced ?? [], 'tools'),
        )
      }),
    )
  })
})

describe('bytes that are no columns', () => {
  const frames = [native(at(START), 'a'), native(at(START + 1), 'b'.repeat(300)), LAST].map(
    (text) => Buffer.from(text),
  )

  it('are told from those that are, wherever they end', () => {
    const { packed } = pass(frames)
    for (let end = 0; end < packed.length; end++) {
      expect(readSpans(packed.subarray(0, end))).toBeUndefined()
    }
    expect(readSpans(Buffer.concat([packed, Buffer.alloc(1)]))).toBeUndefined()
  })

  it('are refused where they say that they become more bytes than such frames can have', () => {
    const { packed } = pass(frames)
    // The bytes of all frames, and of those of the first run (`packed-columns.ts`).
    for (const at of [4, 8 + 1 + 4]) packed.writeUInt32LE(packed.readUInt32LE(at) + 2 ** 28, at)
    expect(readSpans(packed)).toBeUndefined()
  })

  it('are refused or read, with any byte of them changed', () => {
    const { packed } = pass(frames)
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.nat(255), (place, byte) => {
        const changed = Buffer.from(packed)
        changed[place] = byte
        const spans = readSpans(changed)
        if (spans !== undefined)
          expect(unpackSpans(spans, sizeOfUnpacked(changed)).ends).toHaveLength(3)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the columns of a recorded stream', () => {
  it.each(STREAMS)('$version $name are its frames', ({ exchange }) => {
    const lines = toLines(exchange.response.body)
    expect(pass(lines).frames).toEqual(lines)
  })

  it('take less than half of what the frames do, where there are many', () => {
    const long = STREAMS.map(({ exchange }) => toLines(exchange.response.body)).filter(
      (lines) => lines.length > 20 && !lines.some((line) => line.includes('"context"')),
    )
    expect(long.length).toBeGreaterThan(3)
    for (const lines of long) {
      const bytes = lines.reduce((sum, { length }) => sum + length, 0)
      expect(pass(lines).packed.length / bytes).toBeLessThan(0.5)
    }
  })
})
