import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Row } from '../../src/http/chunk.ts'
import { toRow } from '../../src/ollama/frames.ts'
import {
  prepareTemplate,
  render,
  renderFrames,
  type Stamp,
  type Template,
} from '../../src/ollama/splice.ts'
import { ANSWERS, foldFrames, STREAMS, toLines } from './recorded-frames.ts'

const prepare = (frames: readonly Buffer[]) => prepareTemplate(frames.map(toRow))

const renderWhole = (template: Template, stamp: Stamp) => render(template, 'plain', stamp).bytes
const renderChunked = (template: Template, stamp: Stamp) => render(template, 'chunked', stamp).bytes

/** Takes HTTP/1.1 chunks apart again; the bytes must end with the last chunk. */
function readChunks(bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = bytes.toString('latin1', at, lineEnd)
    expect(size).toMatch(/^(0|[1-9a-f][0-9a-f]*)$/)
    const start = lineEnd + 2
    const end = start + Number.parseInt(size, 16)
    expect(bytes.toString('latin1', end, end + 2)).toBe('\r\n')
    at = end + 2
    if (start === end) {
      expect(at).toBe(bytes.length)
      return chunks
    }
    chunks.push(bytes.subarray(start, end))
  }
}

const readFrame = (frame: Buffer) =>
  JSON.parse(frame.toString()) as Record<string, unknown> & { model: string; created_at: string }

const OTHER: Stamp = { model: 'other:7b', createdAt: '2030-01-01T00:00:00.5Z' }
const NEW: Stamp = { model: 'N', createdAt: 'T' }

describe.each(ANSWERS)('$version $name', ({ exchange }) => {
  const frames = toLines(exchange.response.body)

  it('given again with what it had is the same bytes', () => {
    for (const frame of frames) {
      const { model, created_at } = readFrame(frame)
      expect(renderFrames(prepare([frame]), { model, createdAt: created_at })).toEqual([frame])
    }
  })

  it('changes in model and created_at, and in nothing else', () => {
    const rendered = renderFrames(prepare(frames), {
      model: 'Né<b>&"x',
      createdAt: '2030-01-01T00:00:00Z',
    })
    expect(rendered.map(readFrame)).toEqual(
      frames.map((frame) => ({
        ...readFrame(frame),
        model: 'Né<b>&"x',
        created_at: '2030-01-01T00:00:00Z',
      })),
    )
  })
})

describe.each(STREAMS)('the stream $version $name', ({ exchange, route }) => {
  const frames = toLines(exchange.response.body)

  it('is one transfer chunk a frame, the last chunk included', () => {
    const template = prepare(frames)
    const rendered = renderFrames(template, OTHER)
    expect(readChunks(renderChunked(template, OTHER))).toEqual(rendered)
    expect(renderWhole(template, OTHER)).toEqual(Buffer.concat(rendered))
  })

  it('folds to the same, before or after', () => {
    const folded = foldFrames(route, frames, 'no-tools').body
    const after = foldFrames(route, renderFrames(prepare(frames), OTHER), 'no-tools')
    expect(renderWhole(prepare([folded]), OTHER)).toEqual(after.body)
  })
})

describe('a frame', () => {
  const renderOne = (frame: string): string =>
    renderWhole(prepare([Buffer.from(frame)]), NEW).toString()

  it.each([
    ['{ "created_at" : "x" , "model":"\\"y\\\\" }\n', '{ "created_at" : "T" , "model":"N" }\n'],
    ['{"\\u006dodel":"x"}', '{"\\u006dodel":"N"}'],
    ['{"message":{"model":"x"},"model":"y"}', '{"message":{"model":"x"},"model":"N"}'],
    ['{"response":"\\"model\\":\\"x\\"","a":1}', '{"response":"\\"model\\":\\"x\\"","a":1}'],
    ['{"model":null,"created_at":7}', '{"model":null,"created_at":7}'],
    ['{"Model":"x"}', '{"Model":"x"}'],
    ['[{"model":"x"}]', '[{"model":"x"}]'],
    ['{"model":"x"', '{"model":"x"'],
    ['\n', '\n'],
  ])('%j is given as %j', (frame, expected) => {
    expect(renderOne(frame)).toBe(expected)
  })

  it('of no bytes is none: as a chunk it would end the answer', () => {
    const template = prepare([Buffer.from('a'), Buffer.alloc(0), Buffer.from('b')])
    expect(readChunks(renderChunked(template, NEW)).map(String)).toEqual(['a', 'b'])
  })

  it.each([
    ['one row', (all: Row) => [all]],
    [
      'rows',
      ({ bytes, start, ends }: Row) => [
        { bytes, start, ends: ends.slice(0, 1) },
        {
          bytes: Buffer.concat([Buffer.from('...'), bytes]),
          start: (ends[0] ?? 0) + 3,
          ends: ends.slice(1).map((end) => end + 3),
        },
      ],
    ],
  ])('is given alike out of %s, wherever it begins', (_, cut) => {
    const texts = [
      '{"model":"a","created_at":"b","response":"c","done":false}\n',
      '',
      '{"model":"d"}',
      '{"created_at":"e"}\n',
    ]
    const bytes = Buffer.from(`before${texts.join('')}behind`)
    const ends: number[] = []
    for (const text of texts) ends.push((ends.at(-1) ?? 6) + text.length)
    const rows = cut({ bytes, start: 6, ends })
    const rendered = renderFrames(prepareTemplate(rows), NEW).map(String)
    expect(rendered).toEqual([
      '{"model":"N","created_at":"T","response":"c","done":false}\n',
      '{"model":"N"}',
      '{"created_at":"T"}\n',
    ])
  })

  it('of any bytes comes out as it went in where it has nothing to replace', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((each) => Buffer.from(each))
    fc.assert(
      fc.property(fc.array(bytes), (frames) => {
        const template = prepare(frames)
        expect(renderFrames(template, NEW)).toEqual(frames)
        expect(readChunks(renderChunked(template, NEW))).toEqual(frames)
      }),
    )
  })

  it('of no answer is only the last chunk', () => {
    expect(renderChunked(prepare([]), NEW).toString()).toBe('0\r\n\r\n')
    expect(renderWhole(prepare([]), NEW)).toHaveLength(0)
  })
})
