import { describe, expect, it } from 'vitest'
import { rulesOf } from '../../src/ollama/frame-rules.ts'
import type { FrameSource } from '../../src/proxy/frame-source.ts'
import { createRecording } from '../../src/proxy/recording.ts'
import { renameFrames } from '../../src/proxy/renamed.ts'
import { toLine } from './support/air.ts'

const NDJSON = 'application/x-ndjson'

/** A recording of an answer for the name that was sent. */
function openAnswer(contentType = NDJSON) {
  const recording = createRecording({
    capture: 'keep',
    rules: rulesOf('/api/generate'),
    maxBytes: 1_000_000,
    onPace: () => {},
  })
  const headers = [['Content-Type', contentType]] as const
  recording.begin({ status: 200, headers, framing: 'chunked' })
  return { recording, write: (text: string) => recording.receive([Buffer.from(text)]) }
}

function readAll(source: FrameSource): string[] {
  const cursor = source.open(() => {})
  const frames: string[] = []
  for (let next = cursor.next(); next; next = cursor.next()) frames.push(...next.list().map(String))
  return frames
}

describe('a client that wrote another name than was sent', () => {
  it('reads its own in every frame, and every other byte as it was', () => {
    const { recording, write } = openAnswer()
    const given = '{"model":"tiny", "response":"tiny <b>", "n":1.0, "in":{"model":"tiny"}}\n'
    write(given + toLine('tiny', 'b'))
    expect(readAll(renameFrames(recording, 'tiny:latest', () => 'tiny'))).toEqual([
      given.replace('"tiny"', '"tiny:latest"'),
      toLine('tiny:latest', 'b'),
    ])
  })

  it('has the frames in spans where they are given as they came, and only there', () => {
    const { recording, write } = openAnswer()
    write(toLine('tiny', 'a') + toLine('tiny', 'b'))
    recording.finish({ kind: 'ended' })
    expect(renameFrames(recording, 'tiny', () => 'tiny').spans?.()).toBe(recording.spans?.())
    expect(recording.spans?.()).toBeDefined()
    expect(renameFrames(recording, 'other', () => 'tiny').spans?.()).toBeUndefined()
  })

  it('is given frames that are framed anew', () => {
    const { recording, write } = openAnswer()
    write(toLine('tiny', 'a'))
    const frame = renameFrames(recording, 'other', () => 'tiny')
      .open(() => {})
      .next()
    expect([frame?.bytes.toString(), frame?.chunks]).toEqual([toLine('other', 'a'), undefined])
  })

  it.each(['{"error":"no"}\n', 'not JSON\n', '{"model":7}\n', '\n'])(
    'reads %j as it is',
    (line) => {
      const { recording, write } = openAnswer()
      write(line)
      expect(readAll(renameFrames(recording, 'other', () => 'tiny'))).toEqual([line])
    },
  )

  it('reads a body that is not made of frames as it is: its length may be announced', () => {
    const { recording, write } = openAnswer('application/json')
    write(toLine('tiny', 'whole'))
    expect(readAll(renameFrames(recording, 'tiny:latest', () => 'tiny'))).toEqual([
      toLine('tiny', 'whole'),
    ])
  })

  it('reads the name of whoever runs it now as another', () => {
    const { recording, write } = openAnswer()
    let sentName = 'tiny'
    const source = renameFrames(recording, 'tiny:latest', () => sentName)
    sentName = 'library/tiny'
    write(toLine('library/tiny', 'a'))
    expect(readAll(source)).toEqual([toLine('tiny:latest', 'a')])
  })
})

describe('a client that wrote the name that was sent', () => {
  it('is given the very same frames as everybody', () => {
    const { recording, write } = openAnswer()
    write(toLine('tiny', 'a'))
    const plain = recording.open(() => {}).next()
    const own = renameFrames(recording, 'tiny', () => 'tiny').open(() => {})
    expect(own.next()).toBe(plain)
  })
})

describe('the source around a recording', () => {
  it('has its head and its end, tells of what comes, and closes its reader', () => {
    const { recording, write } = openAnswer()
    const source = renameFrames(recording, 'other', () => 'tiny')
    let told = 0
    const cursor = source.open(() => told++)
    write(toLine('tiny', 'a'))
    expect([told, source.head, source.end]).toEqual([1, recording.head, undefined])
    cursor.close()
    recording.finish({ kind: 'ended' })
    expect([told, source.end]).toEqual([1, { kind: 'ended' }])
  })
})
