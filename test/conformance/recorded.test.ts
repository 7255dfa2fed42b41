import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Exchange, loadCorpus } from '../support/corpus.ts'
import { exchange, type RawRequest } from '../support/raw-client.ts'
import type { TestServer } from '../support/reprise.ts'
import { toSeen } from './compare.ts'
import { describeOllama, ollamaPort, startInFront } from './ollama.ts'

const RUNS = /^POST \/api\/(generate|chat|embed|embeddings)[ ?]/
const IS_SETTLED =
  /"temperature": ?0[,}]|"seed"|"num_predict": ?1[,}]|"done_reason":"(load|unload)"/

/** Whether the same request has the same answer each time: greedy, seeded, refused, or only loading. */
function isRepeatable({ request, response }: Exchange): boolean {
  if (!response.line.includes(' 200 ')) return true
  return IS_SETTLED.test(request.body.toString()) || IS_SETTLED.test(response.body.toString())
}

/** The request as it was sent, head and all. */
function toRaw({ request }: Exchange): RawRequest {
  const lines = request.headers.map(([name, value]) => `${name}: ${value}`)
  const head = `${[request.line, ...lines].join('\r\n')}\r\n\r\n`
  const isChunked = lines.some((line) => /^transfer-encoding: *chunked/i.test(line))
  const [method = '', path = ''] = request.line.split(' ')
  if (!isChunked) return { method, path, head, body: request.body }
  const size = request.body.length.toString(16)
  const body = Buffer.concat([
    Buffer.from(`${size}\r\n`),
    request.body,
    Buffer.from('\r\n0\r\n\r\n'),
  ])
  return { method, path, head, body }
}

const CASES = loadCorpus('v0.32.15').filter(
  (each) =>
    RUNS.test(each.request.line) && each.request.omittedBytes === undefined && isRepeatable(each),
)

describeOllama('a recorded request, sent again byte for byte', () => {
  let reprise: TestServer

  beforeAll(async () => {
    reprise = await startInFront()
  })

  afterAll(() => reprise.close())

  it.each(CASES)('$name is answered by Reprise as by Ollama, twice', async (recorded) => {
    const raw = toRaw(recorded)
    const direct = toSeen(await exchange(ollamaPort, raw))
    expect(toSeen(await exchange(reprise.port, raw))).toEqual(direct)
    expect(toSeen(await exchange(reprise.port, raw))).toEqual(direct)
  })
})
