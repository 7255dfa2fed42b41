import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryStore } from '../src/store/memory.ts'
import { type Exchange, loadCorpus, VERSIONS } from './support/corpus.ts'
import { type SimulatedOrigin, startOrigin } from './support/origin.ts'
import { type Plan, splitWhole, toRecordedPlan } from './support/origin-plan.ts'
import { exchange, type RawAnswer } from './support/raw-client.ts'
import { startReprise, type TestServer } from './support/reprise.ts'

/** Headers of framing and connection, and those that Reprise adds. */
const NOT_COMPARED =
  /^(date|connection|keep-alive|content-length|transfer-encoding|cache-status|x-cache|x-reprise-injected|server-timing|proxy-status|age)$/

/** What differs from answer to answer of a real Ollama: instants. */
const withoutInstants = (body: Buffer): string =>
  body.toString().replace(/"created_at":"[^"]*"/g, '"created_at":""')

const toComparable = (headers: readonly (readonly [string, string])[]): string[] =>
  headers
    .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
    .filter((line) => !NOT_COMPARED.test(line.split(':')[0] ?? ''))
    .sort()

/** Answers that Reprise gives itself: allowed preflights, and what Ollama refuses before its routes. */
const isGuards = ({ name, request, response }: Exchange): boolean => {
  const isPreflight = request.line.startsWith('OPTIONS') && response.line.includes(' 204 ')
  return (
    isPreflight ||
    (/ 403 | 400 Bad Request: /.test(response.line) && /^0[0-5]/.test(name)) ||
    request.headers.length === 0
  )
}

/** What Reprise answers instead, on purpose: a path with an encoded character is never forwarded. */
const DIFFERENT = /^031-/

/** Go answers HTTP/1.0 in kind, Node always says 1.1 (RFC 9110 §2.5 allows both). */
const toStatus = (line: string): string => line.replace(/^HTTP\/1\.[01] /, '')

const asksForStream = (body: Buffer): boolean => {
  try {
    return (JSON.parse(body.toString()) as { stream?: unknown }).stream !== false
  } catch {
    return false
  }
}

const toParts = (recorded: Exchange) => {
  const [method = '', path = ''] = recorded.request.line.split(' ')
  return { method, path, route: path.split('?', 1)[0] ?? '' }
}

/** The Origin is never forwarded, so no CORS header would come back. */
const withoutCors = (plan: Plan): Plan => ({
  ...plan,
  headers: plan.headers.filter(([name]) => !/^(access-control-|vary$)/i.test(name)),
})

const isNative = (route: string): boolean => route === '/api/generate' || route === '/api/chat'

/** Whether a recorded answer is a generation that was asked for as a whole. */
const isWholeGeneration = ({ response }: Exchange): boolean =>
  response.line.includes(' 200 ') &&
  !response.body.includes('\n') &&
  /"done":true,"done_reason":"(stop|length)"/.test(response.body.toString())

describe.each(VERSIONS)('every exchange recorded with Ollama %s', (version) => {
  let origin: SimulatedOrigin
  let reprise: TestServer
  const store = createMemoryStore(1e9)

  // Each exchange begins with an empty cache: many of them ask the same.
  beforeEach(() => store.close())

  beforeAll(async () => {
    origin = await startOrigin()
    for (const name of ['tiny-tools', 'tiny-think', 'tiny-fim', 'tiny-long', 'minilm', 'tinycp2']) {
      origin.setModel(`${name}:latest`, name)
    }
    origin.setModel('smollm2:135m', 'smollm2')
    // Each route has its answer here; those that are translated have a test of their own (dialects/recorded).
    const flags = { 'dialects.translate': false }
    reprise = await startReprise({ upstream: origin.url, store, flags })
  })

  afterAll(async () => {
    await reprise.close()
    await origin.close()
  })

  function ask(recorded: Exchange): Promise<RawAnswer> {
    const { request } = recorded
    const lines = request.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    return exchange(reprise.port, {
      method: toParts(recorded).method,
      path: toParts(recorded).path,
      head: `${request.line}\r\n${lines}\r\n`,
      // A body that was sent in chunks was recorded with their framing (corpus 196).
      body: request.body,
    })
  }

  async function play(recorded: Exchange): Promise<RawAnswer> {
    const { route } = toParts(recorded)
    if (!isGuards(recorded) && !DIFFERENT.test(recorded.name)) {
      const plan = withoutCors(toRecordedPlan(recorded.response))
      // A miss asks the origin to stream: where no stream was recorded, the whole answer is cut up.
      const isSplit = (body: Buffer): boolean =>
        isNative(route) &&
        isWholeGeneration(recorded) &&
        !body.equals(recorded.request.body) &&
        asksForStream(body)
      const tell = (): void =>
        origin.answerWith(route, (body) => (isSplit(body) ? splitWhole(plan) : plan))
      tell()
      // Three texts, two of them the same: the recorded answer does not fit the two that are sent, so that the
      // request goes again as it came.
      if (recorded.name.startsWith('411')) tell()
    }
    return ask(recorded)
  }

  it.each(loadCorpus(version).map((recorded) => [recorded.name, recorded] as const))(
    '%s comes through as it was',
    async (name, recorded) => {
      const answer = await play(recorded)
      if (DIFFERENT.test(name)) {
        expect(answer.status).toBe(404)
        return
      }
      expect(toStatus(answer.line)).toBe(toStatus(recorded.response.line))
      expect(toComparable(answer.headers)).toEqual(toComparable(recorded.response.headers))
      const { route } = toParts(recorded)
      expect(withoutInstants(answer.body)).toBe(withoutInstants(recorded.response.body))
      expect(
        answer.end === 'proved' || recorded.request.line.includes('1.0') || /05[15]/.test(name),
      ).toBe(true)
      if (answer.header('x-cache') !== 'MISS' || !isNative(route)) return
      const isStored = /"done":true,"done_reason":"(stop|length)"/.test(answer.body.toString())
      if (answer.status !== 200 || !isStored) return
      const hit = await ask(recorded)
      expect(hit.header('x-cache')).toBe('HIT')
      expect(toStatus(hit.line)).toBe(toStatus(recorded.response.line))
      expect(withoutInstants(hit.body)).toBe(withoutInstants(recorded.response.body))
      expect(hit.chunks.length).toBe(
        recorded.response.chunks?.length === 1 ? 0 : answer.chunks.length,
      )
    },
  )
})
