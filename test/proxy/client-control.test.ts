import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createManualClock } from '../support/clock.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson, type RawAnswer } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

/** Lifetime of entries here, in seconds; a tenth of it either way goes by the key. */
const TTL = 1000
const FRESH_FOR = 1.1 * TTL

let origin: SimulatedOrigin
let reprise: TestServer
let clock: ReturnType<typeof createManualClock>

beforeEach(async () => {
  clock = createManualClock(Date.now())
  origin = await startOrigin()
  const flags = { 'ttl.text': TTL, 'overload.maxEventLoopDelayMs': 0 }
  reprise = await startReprise({ upstream: origin.url, clock, flags })
})

afterEach(async () => {
  await reprise.close()
  await origin.close()
})

function ask(cacheControl?: string, more: readonly (readonly [string, string])[] = []) {
  const headers = cacheControl === undefined ? more : [['Cache-Control', cacheControl], ...more]
  const body = { model: 'tiny', prompt: 'why', stream: false }
  return postJson(reprise.port, '/api/generate', body, headers as [string, string][])
}

const runs = (): number => origin.calls('/api/generate').length

async function expectRun(answer: Promise<RawAnswer>, status: string): Promise<void> {
  const before = runs()
  expect((await answer).header('cache-status')).toBe(status)
  expect(runs()).toBe(before + 1)
}

async function expectStored(answer: Promise<RawAnswer>, word: 'HIT' | 'STALE'): Promise<void> {
  const before = runs()
  expect((await answer).header('x-cache')).toBe(word)
  expect(runs()).toBe(before)
}

/** The public suite of HTTP caches has these twelve for requests, on GET. */
describe('of the twelve cases for request directives', () => {
  beforeEach(async () => void (await ask()))

  it('1: max-age=0 takes nothing that is stored', () =>
    expectRun(ask('max-age=0'), 'reprise; fwd=request'))

  it('2: max-age takes nothing that is older', async () => {
    clock.advance(2_000)
    await expectRun(ask('max-age=1'), 'reprise; fwd=request')
  })

  it('3: max-age takes what is younger', async () => {
    clock.advance(2_000)
    await expectStored(ask('max-age=1800'), 'HIT')
  })

  it('4: max-stale takes what is past its lifetime, within bounds', async () => {
    clock.advance((FRESH_FOR + 1) * 1000)
    await expectStored(ask('max-stale=1000'), 'STALE')
    await expectStored(ask('max-stale'), 'STALE')
  })

  it('5: max-stale goes by the age of the entry', async () => {
    clock.advance((FRESH_FOR + 500) * 1000)
    await expectRun(ask('max-stale=10'), 'reprise; fwd=stale')
  })

  it('6: min-fresh takes nothing that is stale too soon', () =>
    expectRun(ask('min-fresh=2000'), 'reprise; fwd=request'))

  it('7: min-fresh goes by the age of the entry', async () => {
    await expectStored(ask('min-fresh=500'), 'HIT')
    clock.advance(700_000)
    await expectRun(ask('min-fresh=500'), 'reprise; fwd=request')
  })

  it('8: no-cache takes nothing that is stored, and keeps what comes', async () => {
    await expectRun(ask('no-cache'), 'reprise; fwd=request')
    clock.advance(1_000)
    expect((await ask()).header('age')).toBe('1')
  })

  it('9: no-cache beside other directives still counts', () =>
    expectRun(ask('max-age=9999, no-cache'), 'reprise; fwd=request'))

  it('10: Pragma: no-cache counts where there is no Cache-Control, and only there', async () => {
    await expectRun(ask(undefined, [['Pragma', 'no-cache']]), 'reprise; fwd=request')
    await expectStored(ask('max-age=9999', [['Pragma', 'no-cache']]), 'HIT')
  })

  it('11: no-store reads nothing and keeps nothing', async () => {
    await expectRun(ask('no-store'), 'reprise; fwd=bypass; detail=no-store')
  })

  it('12: only-if-cached takes what is stored', () => expectStored(ask('only-if-cached'), 'HIT'))
})

describe('only-if-cached', () => {
  it.each([
    ['an unknown question', { prompt: 'unknown' }],
    ['a question that is never kept', { prompt: 'x', options: { temperature: 1 } }],
  ])('answers %s 504 without asking the origin', async (_what, more) => {
    const body = { model: 'tiny', ...more }
    const answer = await postJson(reprise.port, '/api/generate', body, [
      ['Cache-Control', 'only-if-cached'],
    ])
    expect(answer.status).toBe(504)
    expect(JSON.parse(answer.body.toString())).toEqual({
      error: expect.stringMatching(/not in the cache/),
    })
    expect(answer.header('proxy-status')).toMatch(/^reprise; error=proxy_internal_response/)
    expect(answer.header('cache-status')).toBeUndefined()
    expect(runs()).toBe(0)
  })
})

describe('no-store', () => {
  it('leaves no entry, no line in the log, and no flight to ride on', async () => {
    const barrier = origin.hold('/api/generate', 'headers')
    const first = ask('no-store')
    await barrier.arrived
    const second = ask('no-store')
    await origin.waitForCall('/api/generate', 2)
    barrier.release()
    await Promise.all([first, second])
    expect(reprise.log.filter(({ outcome }) => outcome !== undefined)).toEqual([])
    expect((await ask()).header('x-cache')).toBe('MISS')
  })
})

describe('no-transform', () => {
  it('takes nothing for equal that is not spelled alike', async () => {
    await ask()
    const headers = [['Cache-Control', 'no-transform']] as const
    const body = '{"model":"tiny","prompt":"why","stream":false}'
    const spelled = '{"model":"tiny", "prompt":"why","stream":false}'
    const words = []
    for (const each of [body, body, spelled]) {
      const answer = await postJson(reprise.port, '/api/generate', each, headers)
      words.push(answer.header('x-cache'))
    }
    expect(words).toEqual(['MISS', 'HIT', 'MISS'])
  })
})

describe('stale-if-error', () => {
  it('of the client replaces that of the operator', async () => {
    await ask()
    clock.advance((FRESH_FOR + 100) * 1000)
    origin.fail('/api/generate', { kind: 'status', status: 500, error: 'broken' })
    expect((await ask('stale-if-error=5')).status).toBe(500)
  })
})

describe('X-Reprise-TTL', () => {
  it('is not heard unless it is allowed, and is not forwarded', async () => {
    await ask(undefined, [['X-Reprise-TTL', '5']])
    const [call] = origin.calls('/api/generate')
    expect(call?.headers.some(([name]) => /ttl/i.test(name))).toBe(false)
    clock.advance(6_000)
    await expectStored(ask(), 'HIT')
  })
})
