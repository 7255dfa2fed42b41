import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createManualClock } from '../support/clock.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import type { Fault } from '../support/origin-faults.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

let origin: SimulatedOrigin
let reprise: TestServer

beforeAll(async () => {
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url })
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

/**
 * What a client sees of a fault, streamed, and that the same question runs the model again. What fails before
 * its first frame is sent once more: that stands in flights/failing.test.ts.
 */
interface Row {
  readonly fault: Fault
  readonly status: number
  readonly end: 'proved' | 'cut'
}

const ROWS: readonly Row[] = [
  { fault: { kind: 'reset-after', frames: 2 }, status: 200, end: 'cut' },
  { fault: { kind: 'close-after', frames: 2 }, status: 200, end: 'cut' },
  { fault: { kind: 'close-inside', frames: 1 }, status: 200, end: 'cut' },
  { fault: { kind: 'error-line', after: 3 }, status: 200, end: 'proved' },
  { fault: { kind: 'error-line-first' }, status: 200, end: 'proved' },
  { fault: { kind: 'error-line-last' }, status: 200, end: 'proved' },
  { fault: { kind: 'no-done' }, status: 200, end: 'proved' },
  { fault: { kind: 'no-reason' }, status: 200, end: 'proved' },
  { fault: { kind: 'reason-load' }, status: 200, end: 'proved' },
  { fault: { kind: 'junk-after-done' }, status: 200, end: 'proved' },
  { fault: { kind: 'blank-after-done' }, status: 200, end: 'proved' },
  { fault: { kind: 'done-twice' }, status: 200, end: 'proved' },
  { fault: { kind: 'done-first' }, status: 200, end: 'proved' },
  { fault: { kind: 'invalid-line' }, status: 200, end: 'proved' },
  { fault: { kind: 'blank-between' }, status: 200, end: 'proved' },
  { fault: { kind: 'no-line-end' }, status: 200, end: 'proved' },
  { fault: { kind: 'close-delimited' }, status: 200, end: 'proved' },
  { fault: { kind: 'short-length' }, status: 200, end: 'cut' },
  { fault: { kind: 'empty-body' }, status: 200, end: 'proved' },
  { fault: { kind: 'status', status: 500, error: 'boom' }, status: 500, end: 'proved' },
  { fault: { kind: 'status', status: 503, error: 'server busy' }, status: 503, end: 'proved' },
  { fault: { kind: 'status', status: 400, error: 'no' }, status: 400, end: 'proved' },
  { fault: { kind: 'html-page', status: 502 }, status: 502, end: 'proved' },
  { fault: { kind: 'redirect', location: '/elsewhere' }, status: 307, end: 'proved' },
]

const toName = ({ fault }: Row): string => JSON.stringify(fault)

describe.each(['/api/generate', '/api/chat'])('%s of an origin that fails', (path) => {
  let n = 0
  const ask = (more: object = {}) => {
    const text = `question ${n} of ${path}`
    return path === '/api/chat'
      ? { model: 'tiny', messages: [{ role: 'user', content: text }], ...more }
      : { model: 'tiny', prompt: text, ...more }
  }

  it.each(ROWS.map((row) => [toName(row), row] as const))(
    'passes %s on to a streaming client, and never gives it again',
    async (_name, { fault, status, end }) => {
      n += 1
      origin.fail(path, fault)
      const answer = await postJson(reprise.port, path, ask())
      const sent = origin.calls(path).at(-1)?.body.toString()
      origin.fail(path, fault)
      const expected = await postJson(origin.port, path, sent)
      expect(answer.status).toBe(status)
      expect(answer.end).toBe(end)
      expect(toText(answer.body)).toBe(toText(expected.body))
      const again = await postJson(reprise.port, path, ask())
      expect(again.header('x-cache')).toBe('MISS')
      expect(again.status).toBe(200)
    },
  )

  it('tells a whole-answer client of a killed run with 500', async () => {
    n += 1
    origin.fail(path, { kind: 'error-line', after: 3 })
    const answer = await postJson(reprise.port, path, ask({ stream: false }))
    expect(answer.status).toBe(500)
    expect(JSON.parse(answer.body.toString()).error).toMatch(/unexpected EOF/)
    expect(answer.header('content-type')).toBe('application/json; charset=utf-8')
  })

  it('gives a whole-answer client what a truncated run said, with done false', async () => {
    n += 1
    origin.fail(path, { kind: 'no-done' })
    const answer = await postJson(reprise.port, path, ask({ stream: false }))
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.body.toString()).done).toBe(false)
    expect((await postJson(reprise.port, path, ask())).header('x-cache')).toBe('MISS')
  })

  it('tells a whole-answer client of a cut with 502 in Ollama’s shape', async () => {
    n += 1
    origin.fail(path, { kind: 'reset-after', frames: 2 })
    const answer = await postJson(reprise.port, path, ask({ stream: false }))
    expect(answer.status).toBe(502)
    expect(answer.header('content-type')).toBe('application/json')
    expect(JSON.parse(answer.body.toString()).error).toMatch(/broke off.*REPRISE_UPSTREAM/)
  })

  it.each<Fault>([
    { kind: 'one-chunk' },
    { kind: 'chunk-per-byte' },
    { kind: 'long-line', bytes: 1_000_000 },
    { kind: 'repeated-header' },
    { kind: 'hop-headers' },
  ])('takes %o as the right answer it is', async (fault) => {
    n += 1
    origin.fail(path, fault)
    const miss = await postJson(reprise.port, path, ask())
    const hit = await postJson(reprise.port, path, ask())
    expect(miss.end).toBe('proved')
    expect(hit.header('x-cache')).toBe('HIT')
    expect(toText(hit.body)).toBe(toText(miss.body))
    expect(hit.chunks.every((chunk) => chunk.at(-1) === 0x0a)).toBe(true)
    expect(miss.header('proxy-connection')).toBeUndefined()
  })
})

describe('a model whose digest changes while it answers', () => {
  it('leaves no entry', async () => {
    const question = { model: 'tiny', prompt: 'changing' }
    origin.onFrame('/api/generate', 3, () => void origin.setModel('tiny:latest', 'new weights'))
    const barrier = origin.hold('/api/generate', 5)
    const answer = postJson(reprise.port, '/api/generate', question)
    await barrier.arrived
    // The registry hears of it as it would of any change that passes through.
    await postJson(reprise.port, '/api/copy', { source: 'other', destination: 'unrelated' })
    barrier.release()
    expect((await answer).end).toBe('proved')
    origin.setModel('tiny:latest', 'tiny')
    await postJson(reprise.port, '/api/copy', { source: 'other', destination: 'unrelated' })
    expect((await postJson(reprise.port, '/api/generate', question)).header('x-cache')).toBe('MISS')
  })
})

describe('a model that is replaced behind our back', () => {
  it('leaves nothing that it may have said to those who have the old one by another name', async () => {
    const clock = createManualClock(Date.now())
    const own = await startOrigin()
    const server = await startReprise({ upstream: own.url, clock })
    onTestFinished(async () => {
      await server.close()
      await own.close()
    })
    const ask = (model: string, prompt: string) =>
      postJson(server.port, '/api/generate', { model, prompt })
    own.setModel('old:latest', 'tiny')
    await ask('tiny', 'before')
    clock.advance(5_000)
    await ask('tiny', 'known')
    // Within the two seconds for which the table of names is trusted.
    own.setModel('tiny:latest', 'new weights')
    expect((await ask('tiny', 'new')).header('x-cache')).toBe('MISS')
    expect((await ask('tiny', 'new')).header('x-cache')).toBe('HIT')
    clock.advance(5_000)
    expect((await ask('old', 'new')).header('x-cache')).toBe('MISS')
    expect((await ask('old', 'before')).header('x-cache')).toBe('HIT')
  })
})

const toText = (body: Buffer): string => body.toString().replace(/"created_at":"[^"]*"/g, '')
