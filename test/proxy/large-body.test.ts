import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { canonicalize } from '../../src/ollama/canonical.ts'
import { findEndpoint } from '../../src/ollama/endpoints.ts'
import { toKey } from '../../src/ollama/key.ts'
import { readQuestion } from '../../src/ollama/question.ts'
import { toEntryParts } from '../../src/proxy/entry-parts.ts'
import { LARGE_BODY_BYTES, takeInTurns, toKeyAndParts } from '../../src/proxy/large-body.ts'
import { PARTITION } from '../../src/proxy/partition.ts'
import { type DialectStage, openDialects } from '../dialects/support/stage.ts'
import { postJson } from '../support/raw-client.ts'

/** More than three steps of hashing. */
const picture = randomBytes(9_500_000).toString('base64')
const inLines = picture.replace(/.{76}/g, '$&\n')
const url = (text: string) => `data:image/png;base64,${text}`

/** The same question with the same picture, each way it can be asked and written. */
const ASKED: readonly (readonly [string, object])[] = [
  ['/api/chat', { messages: [{ role: 'user', content: 'What?' }, toNative(picture)] }],
  [
    '/api/chat',
    { messages: [{ role: 'user', content: 'What?' }, toNative(inLines)], stream: false },
  ],
  ['/v1/chat/completions', { messages: toParts(picture) }],
  ['/v1/chat/completions', { messages: toParts(inLines), stream: true }],
]

function toNative(image: string): object {
  return { role: 'user', content: '', images: [image] }
}

function toParts(image: string): object[] {
  const text = { type: 'text', text: 'What?' }
  return [{ role: 'user', content: [text, { type: 'image_url', image_url: { url: url(image) } }] }]
}

const options = { temperature: 0, top_p: 1 }

const open = (): Promise<DialectStage> => openDialects({ 'dialects.translate': true })

const ask = (stage: DialectStage, [path, body]: (typeof ASKED)[number]) =>
  stage.ask(path, path === '/api/chat' ? { ...body, options } : { ...body, temperature: 0 })

describe('a large picture', () => {
  it('is one question however it is asked and written', async () => {
    expect(picture.length).toBeGreaterThan(3 * LARGE_BODY_BYTES)
    const stage = await open()
    const words: (string | undefined)[] = []
    for (const each of ASKED) words.push((await ask(stage, each)).header('x-cache'))
    expect(words).toEqual(['MISS', 'HIT', 'HIT', 'HIT'])
    expect(stage.origin.calls('/api/chat')).toHaveLength(1)
    const hits = 'reprise_requests_total{endpoint="/api/chat",kind="vision",model="tiny:latest"'
    expect(await stage.reprise.metric(`${hits},outcome="hit"}`)).toBe(1)
  })

  it('is sent as it came, once for all who ask together', async () => {
    const stage = await open()
    const barrier = stage.origin.hold('/api/chat', 'headers')
    const [first, second] = ASKED
    const asked = [first, second].map((each) => each && ask(stage, each))
    await stage.store.lookups(2)
    await barrier.arrived
    barrier.release()
    const answers = await Promise.all(asked)
    expect(answers.map((answer) => answer?.status)).toEqual([200, 200])
    const [call] = stage.origin.calls('/api/chat')
    const { messages } = (call?.json ?? {}) as { messages?: { images?: string[] }[] }
    expect(messages?.[1]?.images?.[0]?.replaceAll('\n', '')).toBe(picture)
    expect(stage.origin.calls('/api/chat')).toHaveLength(1)
  })

  it('of a body that can be read in two ways goes through', async () => {
    const stage = await open()
    const body = `{"model":"tiny","prompt":"x","prompt":"y","images":["${picture}"],"stream":false}`
    const twice = await postJson(stage.reprise.port, '/api/generate', body)
    expect(twice.header('cache-status')).toBe('reprise; fwd=bypass; detail=ambiguous-body')
  })
})

describe('what is made in steps', () => {
  it('is the key and the parts that are made at once', async () => {
    const path = '/api/generate'
    const body = Buffer.from(JSON.stringify({ model: 'm', prompt: 'x', images: [picture] }))
    const policy = {
      injection: undefined,
      sampling: { maxTemperature: 0.3, absent: 'reuse' },
    } as const
    const question = readQuestion(body, findEndpoint('POST', path)!, policy)!
    const model = { kind: 'known', name: 'm', digest: 'd', version: 'v', dateStamp: '' } as const
    const { key, parts } = await takeInTurns(toKeyAndParts(question, model))
    const { digest, version, dateStamp } = model
    const canonical = canonicalize(question.document)
    const at = { partition: PARTITION, route: path, version, digest, dateStamp }
    expect(key).toBe(toKey({ ...at, body: canonical }))
    expect(parts).toEqual(toEntryParts(question.document, { model }))
  })
})
