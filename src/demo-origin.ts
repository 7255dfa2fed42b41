import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from './clock.ts'
import { toCreatedAt } from './ollama/go-json.ts'

/** A simulated Ollama that listens. */
export interface DemoOrigin {
  readonly url: string
  close(): Promise<void>
}

/** What the one simulated model says, whatever it is asked. */
const ANSWER =
  'This is not a language model: it is a simulation that takes its time, so that you can see what a cache does. Ask the same question again.'

/** Time for the whole answer in ms, as a small model on a laptop takes it. */
const ANSWER_MS = 2_000

const MODEL = {
  name: 'demo:latest',
  model: 'demo:latest',
  digest: 'de300de300de300de300de300de300de300de300de300de300de300de300de30',
  details: { family: 'simulated' },
}

/** Listens on a free port of the loopback and answers as an Ollama with one model would. */
export async function startDemoOrigin(clock: Clock): Promise<DemoOrigin> {
  const server = createServer((request, response) => {
    void readBody(request).then((body) => answer(request, body, response, clock))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>
  } catch {
    return {}
  }
}

async function answer(
  request: IncomingMessage,
  body: Record<string, unknown>,
  response: ServerResponse,
  clock: Clock,
): Promise<void> {
  const path = request.url ?? '/'
  switch (path) {
    case '/':
      response.setHeader('Content-Type', 'text/plain; charset=utf-8')
      response.end('Ollama is running')
      break
    case '/api/version':
      return sendJson(response, 200, { version: '0.0.0-demo' })
    case '/api/tags':
    case '/api/ps':
      return sendJson(response, 200, { models: [MODEL] })
    case '/api/show':
      return sendJson(response, 200, { template: '{{ .Prompt }}', details: MODEL.details })
    case '/api/generate':
    case '/api/chat':
      return generate(path, String(body.model), response, clock)
    default:
      return sendJson(response, 404, { error: 'the demo has only generate and chat' })
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.statusCode = status
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.end(JSON.stringify(body))
}

/** One word a frame, at the pace that makes the whole take two seconds. */
async function generate(
  path: '/api/generate' | '/api/chat',
  model: string,
  response: ServerResponse,
  clock: Clock,
): Promise<void> {
  if (!/^demo(:latest)?$/.test(model)) {
    return sendJson(response, 404, { error: `model '${model}' not found; the demo has only demo` })
  }
  const words = ANSWER.match(/\s?\S+/g) ?? []
  const wordMs = ANSWER_MS / words.length
  response.setHeader('Content-Type', 'application/x-ndjson')
  for (const word of words) {
    await new Promise<void>((resolve) => void clock.startTimer(wordMs, resolve))
    if (response.destroyed) return
    response.write(
      toFrame(path, word, { model, created_at: toCreatedAt(clock.now()) }, { done: false }),
    )
  }
  response.end(
    toFrame(path, '', { model, created_at: toCreatedAt(clock.now()) }, toEnd(words.length)),
  )
}

function toEnd(tokens: number): object {
  return {
    done: true,
    done_reason: 'stop',
    total_duration: ANSWER_MS * 1e6,
    prompt_eval_count: 8,
    eval_count: tokens,
    eval_duration: ANSWER_MS * 1e6,
  }
}

function toFrame(path: string, text: string, head: object, rest: object): string {
  const said =
    path === '/api/chat' ? { message: { role: 'assistant', content: text } } : { response: text }
  return `${JSON.stringify({ ...head, ...said, ...rest })}\n`
}
