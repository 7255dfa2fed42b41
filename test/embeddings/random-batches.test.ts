import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RawAnswer } from '../support/raw-client.ts'
import { EMBED, type EmbeddingStage, type Keeping, startEmbeddings } from './support/stage.ts'
import { BAD, cutVectors, writeVector } from './support/written-vectors.ts'

/** Batches in all: ten thousand in a long run. */
const BATCHES = process.env.REPRISE_TEST_LONG === '1' ? 10_000 : 2_000

let stage: EmbeddingStage & { close(): Promise<void> }

/** How the store has what it has. */
const KEEPINGS: readonly (readonly [string, Keeping])[] = [
  ['at hand', 'at-hand'],
  ['to be read', { isGone: () => false }],
]

/** One client's request. */
interface Asked {
  readonly texts: readonly string[]
  readonly form: 'list' | 'single'
  readonly leaves: boolean
}

/** Clients that ask at the same moment. */
interface Round {
  readonly batches: readonly Asked[]
  /** Whether the origin waits until all of them have looked into the store. */
  readonly isHeld: boolean
  /** Whether the first call of the round breaks off before its answer. */
  readonly breaks: boolean
}

const few = fc.nat(30).map((number) => `text ${number}`)
const odd = fc.constantFrom('', ' ', '"', '\\', '\u2028', 'é', '😀', '<b>&', '[1]', '\0')
const fresh = fc.string({ minLength: 1, maxLength: 8 })
const text = fc.oneof(
  { weight: 12, arbitrary: few },
  { weight: 2, arbitrary: odd },
  { weight: 4, arbitrary: fresh },
)

const asked: fc.Arbitrary<Asked> = fc.record({
  texts: fc.array(text, { minLength: 1, maxLength: 14 }),
  form: fc.constantFrom('list', 'list', 'list', 'single'),
  leaves: fc.constant(false),
})

const clean: fc.Arbitrary<Round> = fc.record({
  batches: fc.array(asked, { minLength: 2, maxLength: 6 }),
  isHeld: fc.boolean(),
  breaks: fc.constant(false),
})

const perhapsBad = fc.oneof(
  { weight: 20, arbitrary: text },
  { weight: 1, arbitrary: few.map((each) => BAD + each) },
)

const seldom = fc.nat(7).map((chance) => chance === 0)

const rough: fc.Arbitrary<Round> = fc.record({
  batches: fc.array(
    fc.record({
      texts: fc.array(perhapsBad, { minLength: 1, maxLength: 14 }),
      form: fc.constant('list' as const),
      leaves: seldom,
    }),
    { minLength: 2, maxLength: 6 },
  ),
  isHeld: fc.boolean(),
  breaks: seldom,
})

let rounds = 0

/** The texts as they are sent: every ten rounds they are new ones. */
const textsOf = ({ texts, form }: Asked): string[] => {
  const named = texts.map((each) => `${each} ${Math.floor(rounds / 10)}`)
  return form === 'single' ? named.slice(0, 1) : named
}

async function play({ batches, isHeld, breaks }: Round): Promise<void> {
  rounds += 1
  const barrier = isHeld ? stage.origin.hold(EMBED, 'headers') : undefined
  if (breaks) stage.origin.fail(EMBED, { kind: 'reset-before-headers' })
  const before = stage.lookups()
  const distinct = batches.map((batch) => new Set(textsOf(batch)).size)
  const sent = batches.map((batch) => {
    const [first = '', ...others] = textsOf(batch)
    return stage.embed(batch.form === 'single' ? first : [first, ...others])
  })
  await stage.store.lookups(before + distinct.reduce((sum, count) => sum + count, 0))
  for (const [index, { leaves }] of batches.entries()) if (leaves) sent[index]?.abort()
  barrier?.release()
  const answers = await Promise.all(sent.map(({ answer }) => answer))
  // Where all was known no call came that could break: it must not be one of the next round.
  stage.origin.forget()
  for (const [index, batch] of batches.entries()) {
    const answer = answers[index]
    // Only so many calls that broke off are tried again.
    const isTold = breaks && answer?.status === 502
    if (answer !== undefined && !batch.leaves && !isTold) expectRight(textsOf(batch), answer)
  }
}

function expectRight(texts: readonly string[], answer: RawAnswer): void {
  const isBad = texts.some((each) => each.startsWith(BAD))
  expect(answer.status).toBe(isBad ? 400 : 200)
  if (!isBad) expect(cutVectors(answer.body)).toEqual(texts.map((each) => writeVector(each)))
}

/** Two batches a round at least, in two properties of two stores. */
const many = { numRuns: BATCHES / 8, endOnFailure: true }

describe.each(KEEPINGS)('random batches of what is %s', (_, keeping) => {
  beforeAll(async () => {
    stage = await startEmbeddings({ 'embeddings.maxBatch': 5, 'ttl.embedding': '10d' }, keeping)
  })

  afterAll(() => stage.close())

  it('get every vector in its place, byte for byte, and no text is asked for twice', async () => {
    const asked = new Set<string>()
    let calls = 0
    await fc.assert(
      fc.asyncProperty(clean, async (round) => {
        await play(round)
        for (const each of stage.asked().slice(calls).flat()) {
          expect(asked.has(each)).toBe(false)
          asked.add(each)
        }
        calls = stage.asked().length
      }),
      many,
    )
    expect(asked.size).toBeGreaterThan(BATCHES / 10)
  }, 600_000)

  it('get them among texts that are refused, clients that leave and calls that break', async () => {
    await fc.assert(fc.asyncProperty(rough, play), many)
    expect(await stage.reprise.metric('reprise_flights_open')).toBe(0)
    expect(await stage.reprise.metric('reprise_queue_depth')).toBe(0)
  }, 600_000)
})
