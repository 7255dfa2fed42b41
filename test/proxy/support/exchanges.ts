import { NO_DIRECTIVES } from '../../../src/http/cache-control.ts'
import { findEndpoint } from '../../../src/ollama/endpoints.ts'
import { readQuestion } from '../../../src/ollama/question.ts'
import type { Exchange } from '../../../src/proxy/exchange.ts'

/** What a test says of a request; the rest is ordinary. */
export interface Asked {
  /** The model as the client writes it. */
  readonly model?: string
  /** Undefined for a request that may not be kept. */
  readonly key?: string | undefined
  /** Its `num_predict`. */
  readonly cap?: number
  readonly userAgent?: string
}

/** A request to generate, as it is when it asks for a seat in a flight. No socket is behind it. */
export function createExchange(asked: Asked = {}): Exchange {
  const { model = 'tiny', cap, userAgent = 'test' } = asked
  const key = 'key' in asked ? asked.key : 'k'
  const options = cap === undefined ? {} : { options: { num_predict: cap } }
  const bytes = Buffer.from(JSON.stringify({ model, prompt: 'hello', ...options }))
  const endpoint = findEndpoint('POST', '/api/generate')!
  const sampling = { maxTemperature: 0.3, absent: 'reuse' as const }
  return {
    request: toRequest(userAgent),
    response: {} as Exchange['response'],
    openReply() {},
    method: 'POST',
    raw: undefined,
    path: '/api/generate',
    query: '',
    endpoint,
    timings: { startedAt: 0, steps: {} },
    serverTiming: 'off',
    directives: NO_DIRECTIVES,
    body: { kind: 'whole', bytes },
    outcome: { kind: 'miss', reason: 'absent' },
    model,
    question: readQuestion(bytes, endpoint, { injection: undefined, sampling })!,
    ...(key !== undefined && { identity: { key, model: TINY } }),
    sent: { status: 0, bytes: 0 },
  }
}

const TINY = {
  kind: 'known',
  name: 'tiny:latest',
  digest: 'd'.repeat(64),
  version: '0.32.15',
  dateStamp: '',
} as const

/** As much of a request as is read of it on the way to the origin. */
function toRequest(userAgent: string): Exchange['request'] {
  const socket = { remoteAddress: '127.0.0.1' }
  const rawHeaders = ['User-Agent', userAgent]
  return {
    headers: { 'user-agent': userAgent },
    rawHeaders,
    socket,
  } as unknown as Exchange['request']
}
