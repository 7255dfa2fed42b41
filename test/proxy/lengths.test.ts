import { describe, expect, it, onTestFinished } from 'vitest'
import { startOrigin } from '../support/origin.ts'
import { exchange } from '../support/raw-client.ts'
import { startReprise } from '../support/reprise.ts'

const PATH = '/api/generate'
const at = { model: 'tiny', created_at: '2026-01-01T00:00:00Z' }
const FRAMES = [
  { ...at, response: 'so', done: false },
  { ...at, response: '', done: true, done_reason: 'stop', eval_count: 1 },
].map((frame) => `${JSON.stringify(frame)}\n`)

describe('a stream that comes with a length, as out of a proxy that collects it', () => {
  it('goes in chunks and without one (RFC 9112 §6.2), and is a hit afterwards', async () => {
    const origin = await startOrigin()
    const reprise = await startReprise({ upstream: origin.url })
    onTestFinished(async () => {
      await reprise.close()
      await origin.close()
    })
    const headers = [['Content-Type', 'application/x-ndjson']] as const
    const plan = { status: 200, headers, framing: 'length', ending: 'proper' } as const
    origin.answerWith(PATH, { ...plan, head: 'sent', pieces: [Buffer.from(FRAMES.join(''))] })
    const body = JSON.stringify({ model: 'tiny', prompt: 'q' })
    for (const expected of ['MISS', 'HIT']) {
      const answer = await exchange(reprise.port, { method: 'POST', path: PATH, body })
      expect(answer.header('x-cache')).toBe(expected)
      expect(answer.header('content-length')).toBeUndefined()
      expect([answer.header('transfer-encoding'), answer.end]).toEqual(['chunked', 'proved'])
      expect(answer.chunks).toHaveLength(2)
    }
    expect(origin.calls(PATH)).toHaveLength(1)
  })
})
