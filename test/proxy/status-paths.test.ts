import { afterAll, beforeAll, expect, it } from 'vitest'
import { createManualClock } from '../support/clock.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { exchange, postJson, type RawAnswer } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { parseList } from '../support/structured-fields.ts'

let origin: SimulatedOrigin
let reprise: TestServer
const clock = createManualClock(Date.now())

beforeAll(async () => {
  origin = await startOrigin()
  const flags = { 'ttl.text': 100, 'overload.maxEventLoopDelayMs': 0 }
  reprise = await startReprise({ upstream: origin.url, clock, flags })
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

type Ask = () => Promise<RawAnswer>

const post =
  (path: string, body: object, cacheControl?: string): Ask =>
  () =>
    postJson(
      reprise.port,
      path,
      { model: 'tiny', ...body },
      cacheControl === undefined ? [] : [['Cache-Control', cacheControl]],
    )

const generate = (prompt: string, more: object = {}, cacheControl?: string): Ask =>
  post('/api/generate', { prompt, ...more }, cacheControl)

const later =
  (seconds: number, ask: Ask): Ask =>
  () => {
    clock.advance(seconds * 1000)
    return ask()
  }

/** One path after the other: each goes on from where the one before left the cache. */
const PATHS: readonly (readonly [what: string, calls: number, ask: Ask])[] = [
  ['a miss', 1, generate('a')],
  ['a hit', 0, generate('a')],
  ['a hit as a whole', 0, generate('a', { stream: false })],
  ['a client that wants it anew', 1, generate('a', {}, 'no-cache')],
  ['a client that wants it younger', 1, later(5, generate('a', {}, 'max-age=1'))],
  ['an expired entry', 1, later(200, generate('a'))],
  ['an expired entry that is allowed', 0, later(200, generate('a', {}, 'max-stale'))],
  ['no trace', 1, generate('a', {}, 'no-store')],
  ['variety', 1, generate('a', { options: { temperature: 1 } })],
  ['a load', 1, post('/api/generate', {})],
  ['an unload', 1, post('/api/generate', { keep_alive: 0 })],
  ['a broken body', 1, () => postJson(reprise.port, '/api/generate', '{"model":"tiny"')],
  ['an unknown model', 1, post('/api/generate', { model: 'nosuch', prompt: 'a' })],
  ['a query', 1, post('/api/generate?a=1', { prompt: 'a' })],
  ['another method', 1, () => exchange(reprise.port, { path: '/api/tags' })],
  ['another route', 1, post('/api/show', {})],
  ['an embedding', 1, post('/api/embed', { input: ['x', 'y'] })],
  ['a known embedding', 0, post('/api/embed', { input: ['y', 'x'] })],
  ['a partly known embedding', 1, post('/api/embed', { input: ['x', 'z'] })],
  [
    'a compatible miss',
    1,
    post('/v1/chat/completions', { messages: [{ role: 'user', content: 'a' }] }),
  ],
  [
    'a compatible hit',
    0,
    post('/v1/chat/completions', { messages: [{ role: 'user', content: 'a' }] }),
  ],
]

it.each(PATHS)('%s says what the origin saw: %i calls', async (_what, calls, ask) => {
  const clientCalls = () => origin.allCalls.filter(({ headers }) => hasVia(headers)).length
  const before = clientCalls()
  const answer = await ask()
  expect(clientCalls() - before).toBe(calls)
  const members = parseList(answer.header('cache-status') ?? '')
  expect(members).toHaveLength(1)
  const parameters = new Map(members?.[0]?.parameters)
  expect(parameters.has('hit')).toBe(calls === 0)
  expect(parameters.has('fwd')).toBe(calls > 0)
  expect(answer.header('age') !== undefined).toBe(calls === 0)
})

/** The registry asks on its own behalf, without it. */
function hasVia(headers: readonly (readonly [string, string])[]): boolean {
  return headers.some(([name]) => name.toLowerCase() === 'via')
}
