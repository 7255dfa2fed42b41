import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryStore } from '../src/store/memory.ts'
import { type Exchange, loadClients } from './support/corpus.ts'
import { type SimulatedOrigin, startOrigin } from './support/origin.ts'
import { splitWhole, toRecordedPlan } from './support/origin-plan.ts'
import { exchange, type RawAnswer } from './support/raw-client.ts'
import { startReprise, type TestServer } from './support/reprise.ts'

let origin: SimulatedOrigin
let reprise: TestServer
const store = createMemoryStore(1e9)

beforeAll(async () => {
  origin = await startOrigin()
  for (const name of ['tiny-tools', 'tiny-think', 'tiny-long']) {
    origin.setModel(`${name}:latest`, name)
  }
  // Each route has its answer here; those that are translated have a test of their own (dialects/recorded).
  const flags = { 'dialects.translate': false }
  reprise = await startReprise({ upstream: origin.url, store, flags })
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

const withoutInstants = (body: Buffer): string =>
  body.toString().replace(/"created_at":"[^"]*"/g, '"created_at":""')

const toPath = ({ request }: Exchange): string => request.line.split(' ')[1] ?? ''

const isWholeGeneration = ({ request, response }: Exchange): boolean =>
  /^POST \/api\/(generate|chat) /.test(request.line) &&
  /"done":true,"done_reason":"(stop|length)"/.test(response.body.toString()) &&
  !response.body.includes('\n')

/** A body of the size of one that was too large to be recorded. */
function toFiller(bytes: number): Buffer {
  const frame = ['{"model":"tiny","prompt":"', '"}']
  return Buffer.from(frame.join('x'.repeat(bytes - frame.join('').length)))
}

/** Sends what the client sent, header for header, but to this server. */
function ask(recorded: Exchange): Promise<RawAnswer> {
  const { request } = recorded
  const isChunked = request.headers.some(([, value]) => value === 'chunked')
  const lines = request.headers
    .map(([name, value]) => (/^host$/i.test(name) ? [name, '127.0.0.1'] : [name, value]))
    .map((header) => `${header.join(': ')}\r\n`)
  const body = request.omittedBytes === undefined ? request.body : toFiller(request.omittedBytes)
  const size = Buffer.from(`${body.length.toString(16)}\r\n`)
  const last = Buffer.from(body.length === 0 ? '' : '\r\n0\r\n\r\n')
  return exchange(reprise.port, {
    method: request.line.split(' ')[0] ?? '',
    path: toPath(recorded),
    head: `${request.line}\r\n${lines.join('')}\r\n`,
    body: isChunked ? Buffer.concat([size, body, last]) : body,
  })
}

async function expectRightAnswer(recorded: Exchange): Promise<RawAnswer> {
  const plan = toRecordedPlan(recorded.response)
  const route = toPath(recorded).split('?', 1)[0] ?? ''
  origin.answerWith(route, (body) => {
    const isAskedToStream = !/"stream"\s*:\s*false/.test(body.toString())
    return isWholeGeneration(recorded) && isAskedToStream ? splitWhole(plan) : plan
  })
  const answer = await ask(recorded)
  expect(answer.status).toBe(Number(recorded.response.line.split(' ')[1]))
  expect(withoutInstants(answer.body)).toBe(withoutInstants(recorded.response.body))
  return answer
}

/** What can be played again: answers of megabytes are not in the recordings. */
const isWhole = ({ response }: Exchange): boolean => response.omittedBytes === undefined

describe.each(loadClients().map((each) => [`${each.client}: ${each.action}`, each] as const))(
  '%s',
  (_name, { exchanges }) => {
    const whole = exchanges.filter(isWhole)

    it.runIf(whole.length > 0)(
      'gets the answers it got from Ollama itself, on a miss and on a hit',
      async () => {
        for (const recorded of whole) {
          // Some actions ask the same twice, and each recording has an answer of its own.
          await store.close()
          const answer = await expectRightAnswer(recorded)
          const isEntry = answer.header('x-cache') === 'MISS' && answer.status === 200
          if (!isEntry || !/"done":true,"done_reason":"(stop|length)"/.test(answer.body.toString()))
            continue
          const hit = await ask(recorded)
          expect(hit.header('x-cache')).toBe('HIT')
          expect(withoutInstants(hit.body)).toBe(withoutInstants(answer.body))
        }
      },
    )
  },
)
