import { describe, expect, it } from 'vitest'
import { rulesOf } from '../../src/ollama/frame-rules.ts'
import { type Capture, createRecording } from '../../src/proxy/recording.ts'

const KILOBYTE = `${'x'.repeat(1023)}\n`
const MEGABYTE_LINES = 1024
const LINES_OF_READ = 64

/** A recording that has begun; `frames` counts what each reader took. */
function openPaced(capture: Capture, maxBytes = 4 * 1024 * 1024) {
  const paces: string[] = []
  const recording = createRecording({
    capture,
    rules: rulesOf('/api/generate'),
    maxBytes,
    onPace: (pace) => paces.push(pace),
  })
  recording.begin({
    status: 200,
    headers: [['Content-Type', 'application/x-ndjson']],
    framing: 'chunked',
  })
  function read(pace: 'quick' | 'slow') {
    const counts = { frames: 0 }
    const take = (most = Number.POSITIVE_INFINITY): void => {
      for (let taken = 0; taken < most && cursor.next(1) !== undefined; taken++) counts.frames += 1
    }
    const cursor = recording.open(() => {
      if (pace === 'quick') take()
    })
    return { counts, take, close: () => cursor.close() }
  }
  /** In reads as a socket has them. */
  function write(lines: number): void {
    for (let left = lines; left > 0; left -= LINES_OF_READ) {
      recording.receive([Buffer.from(KILOBYTE.repeat(Math.min(left, LINES_OF_READ)))])
    }
  }
  return { recording, paces, read, write }
}

describe('while frames are kept', () => {
  it('a slow reader holds up neither the origin nor the others', () => {
    const { paces, read, write } = openPaced('keep')
    const [quick, slow] = [read('quick'), read('slow')]
    write(3 * MEGABYTE_LINES)
    expect([quick.counts.frames, slow.counts.frames, paces]).toEqual([3072, 0, []])
    slow.take()
    expect(slow.counts.frames).toBe(3072)
  })

  it('nothing is let go of, whoever has it', () => {
    const { recording, read, write } = openPaced('keep')
    read('quick')
    write(100)
    expect([recording.heldBytes, recording.kept()?.length]).toEqual([102_400, 100])
  })
})

describe('once more came than may be kept', () => {
  it('nothing is kept, and nobody can start from the beginning', () => {
    const { recording, read, write } = openPaced('keep', 10_000)
    const reader = read('quick')
    write(10)
    expect([recording.isOverflowing, recording.kept()]).toEqual([true, undefined])
    expect([recording.heldBytes, recording.received, reader.counts.frames]).toEqual([0, 10, 10])
    expect(() => recording.open(() => {})).toThrow('the first frames are no longer held')
  })

  it('the origin waits for the slowest reader, and goes on when that has caught up', () => {
    const { recording, paces, read, write } = openPaced('keep', 10_000)
    const [quick, slow] = [read('quick'), read('slow')]
    write(2 * MEGABYTE_LINES)
    expect([quick.counts.frames, recording.heldBytes, paces]).toEqual([2048, 2 ** 21, ['wait']])
    slow.take()
    expect([recording.heldBytes, paces]).toEqual([0, ['wait', 'go']])
  })

  it('what all have is let go of while the slowest is still on its way', () => {
    const { recording, paces, read, write } = openPaced('keep', 10_000)
    const slow = read('slow')
    write(2 * MEGABYTE_LINES)
    slow.take(1023)
    expect([recording.heldBytes, paces]).toEqual([2 ** 21, ['wait']])
    slow.take(1)
    expect([recording.heldBytes, paces]).toEqual([2 ** 20, ['wait', 'go']])
  })

  it('a slow reader that leaves holds nobody up any longer', () => {
    const { recording, paces, read, write } = openPaced('keep', 10_000)
    read('quick')
    const slow = read('slow')
    write(2 * MEGABYTE_LINES)
    slow.close()
    expect([recording.heldBytes, paces]).toEqual([0, ['wait', 'go']])
  })

  it('every reader still gets every frame in its order', () => {
    const { read, write } = openPaced('keep', 10_000)
    const readers = [read('quick'), read('slow'), read('slow')]
    for (let times = 0; times < 20; times++) {
      write(7)
      readers[1]?.take(3)
    }
    for (const { take } of readers) take()
    expect(readers.map(({ counts }) => counts.frames)).toEqual([140, 140, 140])
  })
})

describe('what is passed on without being kept', () => {
  it('is let go of as soon as its reader has it', () => {
    const { recording, read, write } = openPaced('pass')
    read('quick')
    write(2 * MEGABYTE_LINES)
    expect([recording.heldBytes, recording.kept()]).toEqual([0, undefined])
  })

  it('is held for the reader that is still to come, at the pace of a slow one', () => {
    const { paces, read, write } = openPaced('pass')
    write(2 * MEGABYTE_LINES)
    expect(paces).toEqual(['wait'])
    const reader = read('slow')
    reader.take()
    expect([reader.counts.frames, paces]).toEqual([2048, ['wait', 'go']])
  })
})
