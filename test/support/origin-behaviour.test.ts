import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SimulatedOrigin, startOrigin } from './origin.ts'
import type { Fault } from './origin-faults.ts'
import { exchange, postJson, send } from './raw-client.ts'

let origin: SimulatedOrigin

beforeEach(async () => {
  origin = await startOrigin()
})

afterEach(() => origin.close())

const ask = (body: object, path = '/api/generate') =>
  postJson(origin.port, path, { model: 'tiny', prompt: 'hi', stream: false, ...body })

const tell = async (body: object): Promise<string> =>
  JSON.parse((await ask(body)).body.toString()).response

describe('an answer of the simulated origin', () => {
  it.each([
    [{ prompt: 'ho' }],
    [{ system: 'be brief' }],
    [{ images: ['AAAA'] }],
    [{ format: 'json' }],
    [{ context: [1] }],
    [{ think: false }],
    [{ model: 'other' }],
    [{ options: { seed: 1 } }],
    [{ unheard: 'of' }],
  ])('differs where the question has %j', async (more) => {
    expect(await tell(more)).not.toBe(await tell({}))
  })

  it('is the same to a question in another spelling, for other ends of keep_alive and stream', async () => {
    const question = { options: { seed: 1, top_k: 2 } }
    const spelt =
      '{"OPTIONS":{"top_k":2},"keep_alive":"1m","Prompt":"h\\u0069","options":{"seed":1}'
    const body = `${spelt},"stream":false,"model":"TINY:latest"} and what follows`
    const answer = await postJson(origin.port, '/api/generate', body)
    expect(JSON.parse(answer.body.toString()).response).toBe(await tell(question))
  })

  it('changes with the digest of the model', async () => {
    const before = await tell({})
    origin.setModel('tiny:latest', 'other weights')
    expect(await tell({})).not.toBe(before)
  })

  it('ends in length where num_predict cuts it', async () => {
    const { body } = await ask({ options: { num_predict: 2 } })
    expect(JSON.parse(body.toString())).toMatchObject({ done_reason: 'length', eval_count: 2 })
  })

  it('is the fold of its stream', async () => {
    const whole = JSON.parse((await ask({})).body.toString())
    const { chunks } = await ask({ stream: true })
    const frames = chunks.map((chunk) => JSON.parse(chunk.toString()))
    const response = frames.map((frame) => frame.response).join('')
    expect({ ...frames.at(-1), response }).toEqual(whole)
  })
})

describe('blobs', () => {
  it('are kept under their digest, and under no other', async () => {
    const digest = `sha256:${createHash('sha256').update('hello').digest('hex')}`
    const path = `/api/blobs/${digest}`
    const head = () => exchange(origin.port, { method: 'HEAD', path })
    expect((await head()).status).toBe(404)
    expect((await postJson(origin.port, path, 'other')).status).toBe(400)
    expect((await postJson(origin.port, path, 'hello')).status).toBe(201)
    expect((await postJson(origin.port, path, 'hello')).status).toBe(200)
    expect((await head()).status).toBe(200)
  })
})

describe('a barrier', () => {
  it('holds the answer before its headers, and before a frame', async () => {
    const before = origin.hold('/api/generate', 'headers')
    const between = origin.hold('/api/generate', 2)
    const body = '{"model":"tiny","prompt":"hi"}'
    const client = send(origin.port, { method: 'POST', path: '/api/generate', body })
    await before.arrived
    const call = await origin.waitForCall('/api/generate')
    expect(call.state).toBe('open')
    before.release()
    await between.arrived
    await client.received(100)
    between.release()
    expect((await client.answer).end).toBe('proved')
    await call.closed
    expect(call.state).toBe('finished')
  })

  it('lets it be seen that a client has gone', async () => {
    const barrier = origin.hold('/api/generate', 1)
    const body = '{"model":"tiny","prompt":"hi"}'
    const client = send(origin.port, { method: 'POST', path: '/api/generate', body })
    await barrier.arrived
    client.abort()
    const call = await origin.waitForCall('/api/generate')
    await call.closed
    expect(call.state).toBe('aborted')
    barrier.release()
  })
})

describe('a fault', () => {
  const stream = () => ask({ stream: true })
  const lines = async (...faults: Fault[]): Promise<string[]> => {
    origin.fail('/api/generate', ...faults)
    return (await stream()).body.toString().split('\n')
  }

  it.each([
    [{ kind: 'reset-before-headers' }, 0],
    [{ kind: 'close-before-headers' }, 0],
    [{ kind: 'reset-after', frames: 2 }, 2],
    [{ kind: 'close-after', frames: 3 }, 3],
    [{ kind: 'close-inside', frames: 1 }, 2],
  ] as const)('%j cuts the answer after %d chunks', async (fault, chunks) => {
    origin.fail('/api/generate', fault)
    const answer = await stream()
    expect(answer.end).toBe('cut')
    expect(answer.chunks.length).toBe(chunks)
  })

  it.each([
    [{ kind: 'error-line', after: 2 }, -2, /^\{"error":/],
    [{ kind: 'error-line-first' }, 0, /^\{"error":/],
    [{ kind: 'error-line-last' }, -2, /^\{"error":/],
    [{ kind: 'no-done' }, -2, /"done":false/],
    [{ kind: 'no-reason' }, -2, /"done":true,"context"/],
    [{ kind: 'reason-load' }, -2, /"done_reason":"load"/],
    [{ kind: 'junk-after-done' }, -1, /^junk$/],
    [{ kind: 'blank-after-done' }, -2, /^$/],
    [{ kind: 'blank-between' }, -3, /^$/],
    [{ kind: 'done-twice' }, -3, /"done":true/],
    [{ kind: 'done-first' }, 0, /"done":true/],
    [{ kind: 'invalid-line' }, -3, /^\{"model":$/],
    [{ kind: 'no-line-end' }, -1, /"done":true/],
    [{ kind: 'long-line', bytes: 1_000_000 }, 0, /x{1000000}/],
  ] as const)('%j is on line %d', async (fault, at, pattern) => {
    expect((await lines(fault)).at(at)).toMatch(pattern)
  })

  it.each([
    [{ kind: 'one-chunk' }, 1],
    [{ kind: 'chunk-per-byte' }, undefined],
  ] as const)('%j changes the chunks and not the bytes', async (fault, count) => {
    const { body } = await stream()
    origin.fail('/api/generate', fault)
    const answer = await stream()
    expect(answer.body.equals(body)).toBe(true)
    expect(answer.chunks.length).toBe(count ?? body.length)
  })

  it.each([
    [{ kind: 'short-length' }, 200, 'cut'],
    [{ kind: 'close-delimited' }, 200, 'cut'],
    [{ kind: 'empty-body' }, 200, 'proved'],
    [{ kind: 'status', status: 503, error: 'busy' }, 503, 'proved'],
    [{ kind: 'html-page', status: 502 }, 502, 'proved'],
    [{ kind: 'redirect', location: '/elsewhere' }, 307, 'proved'],
  ] as const)('%j has status %d and its end is %s', async (fault, status, end) => {
    origin.fail('/api/generate', fault)
    const answer = await stream()
    expect([answer.status, answer.end]).toEqual([status, end])
  })

  it('is of one request: the next is answered as ever', async () => {
    origin.fail('/api/generate', { kind: 'close-before-headers' })
    await stream()
    expect((await stream()).end).toBe('proved')
  })
})
