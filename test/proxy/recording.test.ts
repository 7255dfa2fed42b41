import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toChunk } from '../../src/http/chunk.ts'
import { rulesOf } from '../../src/ollama/frame-rules.ts'
import { listFrames } from '../../src/ollama/frames.ts'
import { createRecording, type RecordingOptions } from '../../src/proxy/recording.ts'
import { locateFrames, spansOf } from '../../src/store/codec.ts'
import type { ResponseHead } from '../../src/upstream/run.ts'
import { nameSourceEnd } from './support/rider.ts'

const HEAD: ResponseHead = {
  status: 200,
  headers: [['Content-Type', 'application/x-ndjson']],
  framing: 'chunked',
}

const ENDED = { kind: 'ended' } as const

/** A recording, its readers, and what it asked of the origin. */
function openRecording(given: Partial<RecordingOptions> = {}) {
  const paces: string[] = []
  const recording = createRecording({
    capture: 'keep',
    rules: rulesOf('/api/generate'),
    maxBytes: 1_000_000,
    onPace: (pace) => paces.push(pace),
    ...given,
  })
  function read(pace: 'quick' | 'slow' = 'quick') {
    const frames: string[] = []
    const told: (string | undefined)[] = []
    const take = (most = Number.POSITIVE_INFINITY): void => {
      for (let taken = 0; taken < most; taken++) {
        const frame = cursor.next(1)
        if (frame === undefined) return
        frames.push(frame.bytes.toString())
      }
    }
    const cursor = recording.open(() => {
      told.push(nameSourceEnd(recording))
      if (pace === 'quick') take()
    })
    return { frames, told, take, close: () => cursor.close() }
  }
  return { recording, paces, read, write: (text: string) => recording.receive([Buffer.from(text)]) }
}

describe('a recording', () => {
  it('gives every reader the same frames, line by line however they came', () => {
    const { recording, read, write } = openRecording()
    const early = read()
    recording.begin(HEAD)
    write('a\nb')
    const late = read('slow')
    write('b\nc\n')
    late.take()
    expect(early.frames).toEqual(['a\n', 'bb\n', 'c\n'])
    expect(late.frames).toEqual(early.frames)
  })

  it('only grows: what has been read stays, also for who comes after the end', () => {
    const { recording, read, write } = openRecording()
    recording.begin(HEAD)
    write('a\n')
    const first = recording.kept()?.[0]
    write('b\n')
    recording.finish(ENDED)
    write('c\n')
    const late = read('slow')
    late.take()
    expect(late.frames).toEqual(['a\n', 'b\n'])
    expect(recording.kept()?.[0]).toEqual(first)
    expect(recording.kept()?.[0]?.buffer).toBe(first?.buffer)
    expect([recording.received, recording.heldBytes]).toEqual([2, 4])
  })

  it('hands over the last piece with the end, judged before anybody is told', () => {
    const { recording, read, write } = openRecording()
    const reader = read()
    recording.begin(HEAD)
    write('a\nrest')
    const judged: unknown[] = []
    recording.finish(ENDED, () =>
      judged.push(recording.kept()?.length, recording.end, ...reader.told),
    )
    expect(judged).toEqual([2, ENDED, undefined, undefined])
    expect([reader.frames, reader.told.at(-1)]).toEqual([['a\n', 'rest'], 'ended'])
  })

  it('calls nobody who has closed, whoever closes whom', () => {
    const { recording, read, write } = openRecording()
    const second = { close: () => {} }
    recording.open(() => second.close())
    const reader = read()
    second.close = reader.close
    recording.begin(HEAD)
    write('a\n')
    expect(reader.told).toEqual([])
  })

  it.each([
    ['an error', { ...HEAD, status: 404 }],
    ['anything but lines', { ...HEAD, headers: [['content-type', 'application/json']] as const }],
  ])('leaves the pieces of %s as they came, and keeps none of it', (_name, head) => {
    const { recording, read, write } = openRecording()
    const reader = read()
    recording.begin(head)
    write('{"a":1,\n')
    write('"b":2}')
    expect([reader.frames, recording.head?.body, recording.kept()]).toEqual([
      ['{"a":1,\n', '"b":2}'],
      'opaque',
      undefined,
    ])
  })

  it('says whether the transport could prove its end', () => {
    const { recording } = openRecording()
    recording.begin({ ...HEAD, framing: 'close' })
    expect(recording.isProvable).toBe(false)
  })
})

describe('what a recording keeps', () => {
  const said = (n: number) =>
    `{"model":"m","created_at":"2026-01-02T03:04:05.${n}1Z","response":"${n}","done":false}\n`
  const lines = [...[1, 2, 3, 4].map(said), 'x\n', said(5), '{"done":true,"done_reason":"stop"}\n']
  const text = lines.join('')

  it('is its frames, wherever the origin cut them, and whatever a run before began with', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 6 }), (cuts) => {
        const { recording, write } = openRecording()
        recording.begin(HEAD)
        write(text.slice(0, 40))
        recording.begin(HEAD)
        const edges = [0, ...cuts.toSorted((one, other) => one - other), text.length]
        for (const [i, edge] of edges.slice(1).entries()) write(text.slice(edges[i], edge))
        recording.finish(ENDED)
        const packed = recording.pack() ?? Buffer.alloc(4)
        expect(listFrames([locateFrames(packed)]).map(String)).toEqual(lines)
        expect(spansOf(packed)).toHaveLength(4)
        expect(recording.spans?.()).toHaveLength(4)
      }),
    )
  })

  it('is nothing where more came than may be kept', () => {
    const { recording, write } = openRecording({ maxBytes: 100 })
    recording.begin(HEAD)
    write(text)
    recording.finish(ENDED)
    expect([recording.pack(), recording.spans?.()]).toEqual([undefined, undefined])
  })
})

describe('a second run after one without frames', () => {
  it('puts nothing of the first before its own lines', () => {
    const { recording, read, write } = openRecording()
    const reader = read()
    recording.begin(HEAD)
    write('{"broken')
    recording.begin(HEAD)
    write('{"whole":1}\n')
    recording.finish(ENDED)
    expect([reader.frames, recording.kept()?.join('')]).toEqual([
      ['{"whole":1}\n'],
      '{"whole":1}\n',
    ])
  })

  it('has its own head', () => {
    const { recording, read, write } = openRecording()
    const reader = read()
    recording.begin({ ...HEAD, framing: 'close' })
    recording.begin({ status: 404, headers: [], framing: 'length' })
    write('{"error":"no"}')
    expect([recording.head?.status, recording.head?.body, recording.isProvable]).toEqual([
      404,
      'opaque',
      true,
    ])
    expect(reader.frames).toEqual(['{"error":"no"}'])
  })
})

describe('frames that are handed on in the chunks in which they came', () => {
  const line = fc.string({ unit: 'grapheme-ascii', maxLength: 12 }).map((text) => `${text}\n`)
  const lines = fc.array(line, { minLength: 1, maxLength: 12 })

  /** One read of a body: the chunks in it, and the places of what is in them. */
  function receive(texts: readonly string[]): Buffer[] {
    const chunks = texts.map((text) => toChunk(Buffer.from(text)).chunk)
    const all = Buffer.concat(chunks)
    const memory = Buffer.from(all.buffer.slice(all.byteOffset, all.byteOffset + all.length))
    let at = 0
    return texts.map((text, i) => {
      at += chunks[i]?.length ?? 0
      return memory.subarray(at - 2 - Buffer.byteLength(text), at - 2)
    })
  }

  it('are the same as if each were put into one, however the origin cut its lines', () => {
    const cuts = fc.array(fc.nat(), { maxLength: 20 })
    fc.assert(
      fc.property(lines, cuts, fc.array(fc.nat({ max: 4 }), { maxLength: 9 }), (all, at, sizes) => {
        const { recording } = openRecording()
        recording.begin(HEAD)
        const body = all.join('')
        const ends = [...new Set(at.map((cut) => cut % body.length)), 0, body.length]
        ends.sort((one, other) => one - other)
        const texts = ends.map((end, i) => body.slice(ends[i - 1] ?? 0, end)).filter(Boolean)
        for (const size of [...sizes, texts.length]) {
          if (size > 0 && texts.length > 0) recording.receive(receive(texts.splice(0, size)))
        }
        const cursor = recording.open(() => {})
        const expected = all.map((text) => toChunk(Buffer.from(text)).chunk.toString())
        expect(all.map(() => String(cursor.next(1)?.chunks))).toEqual(expected)
      }),
    )
  })
})
