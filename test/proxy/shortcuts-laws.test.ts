import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import type { OwnedStore } from '../../src/store/query.ts'
import { order } from '../admin/support/owner.ts'
import { createManualClock, type ManualClock } from '../support/clock.ts'
import { createKeptClient, type KeptClient } from '../support/kept-client.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson, type RawAnswer } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

/** A server with an origin, a store and a clock of its own. */
interface World {
  readonly origin: SimulatedOrigin
  readonly reprise: TestServer
  readonly store: OwnedStore
  readonly clock: ManualClock
  /** Asks over one connection. */
  readonly client: KeptClient
}

const START = Date.UTC(2026, 5, 1)
let worlds: readonly World[]

async function createWorld(shortcuts: 'taken' | 'untaken'): Promise<World> {
  const clock = createManualClock(START)
  const origin = await startOrigin()
  const store = createMemoryStore(2 ** 24, () => clock.now())
  const flags = { 'ttl.text': '1h', profiles: { long: { maxTokens: 999 } } }
  const reprise = await startReprise({ upstream: origin.url, clock, store, shortcuts, flags })
  const client = createKeptClient(() => reprise.port)
  return { origin, reprise, store, clock, client }
}

beforeAll(async () => {
  worlds = await Promise.all([createWorld('taken'), createWorld('untaken')])
})

afterAll(async () => {
  for (const { reprise, origin, client } of worlds) {
    client.close()
    await reprise.close()
    await origin.close()
  }
})

/** What can happen to a server; what it says of it. */
type Act = (world: World) => Promise<unknown>

const HEADERS: readonly (readonly [string, string])[][] = [
  [],
  [],
  [['Cache-Control', 'no-cache']],
  [['Cache-Control', 'max-age=30']],
  [['Cache-Control', 'no-transform']],
  [['Origin', 'http://localhost']],
  [['X-Reprise-Profile', 'long']],
  [['Content-Encoding', 'identity']],
  [['Content-Type', 'text/plain']],
]

/**
 * All of an answer but when it was sent, which Node takes from the machine's clock, and the ids of events, which
 * are made by chance and differ in length.
 */
function toSaid({ line, headers, body }: RawAnswer): unknown {
  const text = body.toString()
  const isById = /"id":"cmpl-\d+"/.test(text)
  const kept = headers.filter(([name]) => name !== 'Date' && !(isById && name === 'Content-Length'))
  const lines = kept.map(([name, value]) => `${name}: ${value}`)
  return { line, lines, body: text.replaceAll(/"cmpl-\d+"/g, '""') }
}

const questions = fc.record({
  route: fc.constantFrom('/api/generate', '/api/chat', '/v1/completions'),
  subject: fc.constantFrom('a', 'b'),
  model: fc.constantFrom('tiny', 'TINY:latest'),
  stream: fc.boolean(),
  space: fc.constantFrom('', ' '),
  headers: fc.constantFrom(...HEADERS),
  isKept: fc.boolean(),
})

const asking: fc.Arbitrary<Act> = questions.map((question) => async ({ reprise, client }) => {
  const { route, subject, model, stream, space, headers, isKept } = question
  const words =
    route === '/api/chat' ? { messages: [{ role: 'user', content: subject }] } : { prompt: subject }
  const body = space + JSON.stringify({ model, ...words, stream })
  const answers: unknown[] = []
  // The second waits for what becomes of the first, and the third is given in the shortest way there is.
  for (let i = 0; i < 3; i++) {
    const answer = isKept
      ? await client.post(route, body, headers)
      : await postJson(reprise.port, route, body, headers)
    answers.push(toSaid(answer))
  }
  return answers
})

const waiting: fc.Arbitrary<Act> = fc.constantFrom(1, 999, 1_000, 30_001, 3_000_000, 3_700_000).map(
  (ms) =>
    async ({ clock }) =>
      clock.advance(ms),
)

const changing: fc.Arbitrary<Act> = fc
  .constantFrom('tiny', 'other')
  .map((seed) => async ({ origin, reprise }) => {
    origin.setModel('tiny:latest', seed)
    await postJson(reprise.port, '/api/copy', { source: 'other', destination: 'copy' })
  })

const purging: fc.Arbitrary<Act> = fc.constant(async ({ reprise }) =>
  (await order(reprise, '/reprise/purge', { all: true })).body.toString(),
)

const evicting: fc.Arbitrary<Act> = fc.constant(async ({ store }) => {
  for await (const { key } of store.entries({})) store.remove(key)
})

const acts = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: asking },
    { weight: 2, arbitrary: waiting },
    { weight: 1, arbitrary: fc.oneof(changing, purging, evicting) },
  ),
  { minLength: 4, maxLength: 12 },
)

describe('a server that takes its short ways', () => {
  it('says byte for byte what one says that takes none, whatever happens in between', async () => {
    let hits = 0
    await fc.assert(
      fc.asyncProperty(acts, async (sequence) => {
        for (const act of sequence) {
          const [taken, untaken] = await Promise.all(worlds.map(act))
          expect(taken).toEqual(untaken)
          hits += JSON.stringify(taken ?? '').split('X-Cache: HIT').length - 1
        }
      }),
      { numRuns: 40, endOnFailure: true },
    )
    expect(hits).toBeGreaterThan(100)
  }, 60_000)
})
