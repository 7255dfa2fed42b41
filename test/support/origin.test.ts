import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Exchange, loadCorpus } from './corpus.ts'
import { type SimulatedOrigin, startOrigin } from './origin.ts'
import type { Capability } from './origin-world.ts'
import { exchange, type RawAnswer } from './raw-client.ts'

/** What is not simulated, by case number, and why. */
const NOT_SIMULATED: readonly (readonly [RegExp, string])[] = [
  [/^031/, 'decodes a path, which is never forwarded'],
  [/^(046|047|051|055)/, 'checks Host and the request line, which stands before the origin'],
  [/^(115|297)/, 'depends on the grammar or the template'],
  [/^295/, 'counts the tokens of a tool call'],
  [/^(375|376|382|394|42[5-9]|43[267]|500)/, 'is a part of /v1 that is only forwarded'],
  [/^(444|445|446|450|454|462|469|471)/, 'depends on a registry or on files'],
  [/^(016|475|505|509)/, 'depends on what is in the file of the model'],
]

const CAPABILITIES: Readonly<Record<string, readonly Capability[]>> = {
  'tiny:latest': ['completion'],
  'tiny-long:latest': ['completion'],
  'tiny-tools:latest': ['completion', 'tools'],
  'tiny-think:latest': ['completion', 'thinking'],
  'tiny-fim:latest': ['completion', 'insert'],
  'minilm:latest': ['embedding'],
  'smollm2:135m': ['completion'],
}

/** Without what is of one moment or one server: dates, and the framing, which goes by the size. */
const toHeaders = (headers: readonly (readonly [string, string])[]): string[] =>
  headers
    .filter(([name]) => !/^(date|keep-alive|connection|content-length|transfer-enc.*)$/i.test(name))
    .map((header) => header.join(': '))
    .sort()

/** Parts of an answer that only a real model file has. */
const OPAQUE = new Set(['model_info', 'tensors'])

/** Names and types, in order; of a list its first item. */
function toShape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(toShape)
  if (value === null || typeof value !== 'object') return typeof value
  const members = Object.entries(value)
  return members.map(([name, member]) => [name, OPAQUE.has(name) ? '…' : toShape(member)])
}

/** Shape of the first and the last line or event. */
function toShapes(body: Buffer): unknown[] {
  const lines = body
    .toString()
    .split('\n')
    .map((line) => line.replace(/^data: /, ''))
    .filter((line) => line.startsWith('{'))
  return [lines[0], lines.at(-1)].map((line) => toShape(JSON.parse(line ?? 'null')))
}

/** Errors are compared word for word, but for ids and the tokens a real model counts. */
const toWords = (body: Buffer): string =>
  body
    .toString()
    .replace(/req_[0-9a-f]{24}/g, 'req_')
    .replace(/\d+ tokens|n_prompt_tokens\\":\d+/g, '')

const isJson = (body: Buffer): boolean => /^(\{|data: |event: )/.test(body.toString())

function ask(port: number, { request }: Exchange): Promise<RawAnswer> {
  const [method = '', path = ''] = request.line.split(' ')
  const lines = request.headers.map((header) => `${header.join(': ')}\r\n`).join('')
  const head = `${request.line}\r\n${lines}\r\n`
  return exchange(port, { method, path, head, body: request.body })
}

const CASES = loadCorpus('v0.32.15').filter(
  ({ name }) => !NOT_SIMULATED.some(([pattern]) => pattern.test(name)),
)

describe('the simulated origin, asked what a real one was asked', () => {
  let origin: SimulatedOrigin
  const answers = new Map<string, RawAnswer>()

  beforeAll(async () => {
    origin = await startOrigin()
    for (const [name, capabilities] of Object.entries(CAPABILITIES)) {
      origin.setModel(name, name).capabilities = capabilities
    }
    // Made by requests that are not among these.
    for (const name of ['made2', 'made4']) origin.setModel(`${name}:latest`, name)
    // One after the other, as they were recorded: some tell of what earlier ones have done.
    for (const recorded of CASES) answers.set(recorded.name, await ask(origin.port, recorded))
  })

  afterAll(() => origin.close())

  it.each(CASES.map((recorded) => [recorded.name, recorded] as const))(
    'answers %s in the same shape',
    (name, { response }) => {
      const answer = answers.get(name) as RawAnswer
      expect(answer.status).toBe(Number(response.line.split(' ')[1]))
      expect(toHeaders(answer.headers)).toEqual(toHeaders(response.headers))
      if (answer.status >= 400) expect(toWords(answer.body)).toBe(toWords(response.body))
      else if (isJson(response.body)) {
        expect(toShapes(answer.body)).toEqual(toShapes(response.body))
      } else expect(answer.body.toString()).toBe(response.body.toString())
    },
  )

  it.each(CASES.map((recorded) => [recorded.name, recorded] as const))(
    'frames %s as Go does',
    (name, { response, request }) => {
      const answer = answers.get(name) as RawAnswer
      const isStream = /ndjson|event-stream/.test(answer.header('content-type') ?? '')
      const isOld = request.line.endsWith('1.0')
      expect(answer.end).toBe(isOld && isStream ? 'cut' : 'proved')
      const isChunked = answer.header('transfer-encoding') === 'chunked'
      if (isStream) {
        expect(isChunked).toBe(!isOld)
        if (!isOld) expect(answer.chunks.every((chunk) => chunk.at(-1) === 0x0a)).toBe(true)
      } else if (answer.body.length > 2048)
        expect(isChunked && answer.chunks.length === 1).toBe(true)
      else if (answer.status >= 400) {
        const wasChunked = response.headers.some(([, value]) => value === 'chunked')
        expect(isChunked).toBe(wasChunked)
      }
    },
  )
})
