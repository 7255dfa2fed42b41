import { describe, expect, it } from 'vitest'
import { rulesOf } from '../../src/ollama/frame-rules.ts'
import type { Frames } from '../../src/proxy/frame-source.ts'
import { createRecording, type Recording } from '../../src/proxy/recording.ts'
import { toWholeAnswer } from '../../src/proxy/whole.ts'
import { foldFrames, STREAMS, split } from '../ollama/recorded-frames.ts'
import { createExchange } from './support/exchanges.ts'

const [STREAM] = STREAMS.filter(({ route }) => route === '/api/generate')
const BODY = STREAM?.exchange.response.body ?? Buffer.alloc(0)

/** A recorded stream, which came in three reads. */
function recordStream(): Recording {
  const recording = createRecording({
    capture: 'keep',
    rules: rulesOf('/api/generate'),
    maxBytes: 1_000_000,
    onPace: () => {},
  })
  const headers = [['Content-Type', 'application/x-ndjson']] as const
  recording.begin({ status: 200, headers, framing: 'chunked' })
  const third = Math.ceil(BODY.length / 3)
  for (let at = 0; at < BODY.length; at += third) recording.receive([BODY.subarray(at, at + third)])
  recording.finish({ kind: 'ended' })
  return recording
}

function readAll(recording: Recording, most?: number): Frames[] {
  const cursor = recording.open(() => {})
  const all: Frames[] = []
  for (let next = cursor.next(most); next; next = cursor.next(most)) all.push(next)
  return all
}

const toWhole = (recording: Recording, most?: number, from: 'spans' | 'rows' = 'spans') => {
  const spans = from === 'spans' ? recording.spans?.() : undefined
  const pieces = readAll(recording, most)
  return toWholeAnswer(
    createExchange(),
    recording.head!,
    { pieces, spans },
    { now: 0, random: () => 0 },
  )
}

describe('the whole of a stream', () => {
  it('is its fold, however it was read', () => {
    const recording = recordStream()
    const expected = foldFrames('/api/generate', split(BODY), 'no-tools')
    expect(recording.spans?.()).toBeDefined()
    for (const most of [undefined, 1, 2, 3]) {
      for (const { status, body } of [
        toWhole(recording, most),
        toWhole(recordStream(), most, 'rows'),
      ]) {
        expect([status, body.toString()]).toEqual([200, expected.body.toString()])
      }
    }
  })

  it('is put together once for all who ride along', () => {
    const recording = recordStream()
    expect(toWhole(recording).body).toBe(toWhole(recording).body)
  })
})
