import { connect, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Plan } from '../support/origin-plan.ts'
import { openStage, PATH, type Stage } from './support/stage.ts'

/** More than the kernel takes for a client that does not read. */
const FRAME_BYTES = 1024 ** 2
const COUNT = 64

/** A long answer: one line again and again. */
function toLongAnswer(count = COUNT): Plan {
  const frame = { model: 'tiny', created_at: '2026-01-01T00:00:00Z', done: false }
  const text = JSON.stringify({ ...frame, response: 'x'.repeat(FRAME_BYTES) })
  const last = JSON.stringify({ ...frame, response: '', done: true, done_reason: 'stop' })
  const pieces = [...Array<Buffer>(count).fill(Buffer.from(`${text}\n`)), Buffer.from(`${last}\n`)]
  const headers = [['Content-Type', 'application/x-ndjson']] as const
  return { status: 200, headers, pieces, framing: 'chunked', ending: 'proper', head: 'sent' }
}

/** Asks, and looks at nothing but the number of bytes. */
function ask(stage: Stage, more = {}) {
  const socket = connect(stage.reprise.port, '127.0.0.1').on('error', () => {})
  onTestFinished(() => void socket.destroy())
  const body = JSON.stringify({ model: 'tiny', prompt: 'q', ...more })
  const length = `Content-Length: ${body.length}`
  socket.write(`POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n${length}\r\n\r\n${body}`)
  return socket
}

/** Resolves when so many bytes have come. */
function read(socket: Socket, bytes: number): Promise<void> {
  let got = 0
  return new Promise((resolve) => {
    socket.on('data', (chunk) => {
      got += chunk.length
      if (got >= bytes) resolve()
    })
  })
}

/** Resolves when a number has stayed what it is for many turns of the event loop. */
async function settle(read: () => number): Promise<number> {
  let last = read()
  for (let quiet = 0; quiet < 200; quiet += 1) {
    await new Promise(setImmediate)
    if (read() === last) continue
    last = read()
    quiet = 0
  }
  return last
}

const stalled = (stage: Stage) => stage.reprise.metric('reprise_stalled_clients_total')

describe('a client that takes nothing', () => {
  it('slows nobody who asked the same, and is cut after a minute', async () => {
    const stage = await openStage({ flags: { 'flight.maxBytes': 256 * 1024 ** 2 } })
    stage.origin.answerWith(PATH, toLongAnswer())
    const barrier = stage.origin.hold(PATH, COUNT)
    const slow = ask(stage)
    slow.pause()
    await stage.store.lookups(1)
    const fast = ask(stage)
    // All but the last frame, while the run goes on and the slow client reads nothing.
    await read(fast, COUNT * FRAME_BYTES)
    expect(stage.runs()).toBe(1)
    stage.clock.advance(59_999)
    expect(await stalled(stage)).toBe(0)
    stage.clock.advance(1)
    expect(await stalled(stage)).toBe(1)
    await stage.reprise.logged({ outcome: 'miss' })
    barrier.release()
    await stage.store.puts(1)
    expect(await stage.reprise.metric('reprise_flights_total{end="done"}')).toBe(1)
  })

  it('alone with a run that is not kept makes the origin wait, and lets it go with its own end', async () => {
    const stage = await openStage({ flags: { 'flight.maxBytes': FRAME_BYTES } })
    stage.origin.answerWith(PATH, toLongAnswer())
    let sent = 0
    for (let frame = 1; frame <= COUNT; frame += 1) {
      stage.origin.onFrame(PATH, frame, () => {
        sent = frame
      })
    }
    const slow = ask(stage)
    slow.pause()
    const call = await stage.origin.waitForCall(PATH)
    expect(await settle(() => sent)).toBeLessThan(COUNT)
    stage.clock.advance(60_000)
    await call.closed
    expect(call.state).toBe('aborted')
    expect(await stalled(stage)).toBe(1)
    expect(await stage.reprise.metric('reprise_flights_open')).toBe(0)
  })

  it.each([
    ['the whole of a new answer', 'miss', false],
    ['the whole of a known one', 'hit', false],
    ['the frames of a known one', 'hit', true],
  ])('of %s is cut after a minute too', async (_what, outcome, stream) => {
    const stage = await openStage({ flags: { 'flight.maxBytes': 256 * 1024 ** 2 } })
    stage.origin.answerWith(PATH, toLongAnswer(32))
    if (outcome === 'hit') {
      await read(ask(stage), 32 * FRAME_BYTES)
      await stage.store.puts(1)
      await stage.reprise.logged({ outcome: 'miss' })
    }
    const slow = ask(stage, { stream })
    slow.pause()
    await stage.store.puts(1)
    await stage.clock.timerOf(60_000)
    expect(await settle(() => stage.clock.pending())).toBe(1)
    stage.clock.advance(60_000)
    expect(await stalled(stage)).toBe(1)
    await stage.reprise.logged({ outcome, route: PATH })
    expect(stage.clock.pending()).toBe(0)
  })

  it('is not one that reads: a large answer is all there, and no timer is left', async () => {
    const stage = await openStage()
    stage.origin.answerWith(PATH, toLongAnswer(3))
    const miss = await stage.ask('q', { stream: false }).answer
    const hit = await stage.ask('q', { stream: false }).answer
    const frames = await stage.ask('q').answer
    const { response } = JSON.parse(hit.body.toString())
    expect(response).toBe('x'.repeat(3 * FRAME_BYTES))
    expect(JSON.parse(miss.body.toString()).response).toBe(response)
    expect([frames.end, frames.chunks.length]).toEqual(['proved', 4])
    await stage.reprise.logged({ outcome: 'hit' }, 2)
    expect([await stalled(stage), stage.clock.pending()]).toEqual([0, 0])
  })
})
