// An Ollama whose vectors cost a fixed time for each text. Argument: its port.
import { createServer, type ServerResponse } from 'node:http'
import { announce } from './announce.ts'

const MODEL = 'bench:embed'
const DIMENSIONS = 384

const FIXED: Readonly<Record<string, unknown>> = {
  '/api/version': { version: '0.12.6' },
  '/api/tags': { models: [{ name: MODEL, model: MODEL, digest: 'e'.repeat(64), details: {} }] },
  '/api/ps': { models: [] },
  '/api/show': { template: '{{ .Prompt }}', details: {} },
}

/** As long as a vector of MiniLM is in Go's spelling, 4.4 kB. */
const VECTOR = `[${Array.from({ length: DIMENSIONS }, (_, at) => (0.012345678 + at / 1e5).toFixed(9))}]`

/** What a text takes: small embedders read some thousands in a second. */
const TEXT_MS = 0.3

const calls: number[] = []

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => answer(request.url ?? '/', Buffer.concat(chunks), response))
})

function answer(path: string, body: Buffer, response: ServerResponse): void {
  const fixed = path === '/bench/calls' ? calls.splice(0) : FIXED[path]
  if (fixed !== undefined) {
    send(response, Buffer.from(JSON.stringify(fixed)))
    return
  }
  const { input } = JSON.parse(body.toString()) as { input: readonly string[] }
  calls.push(input.length)
  setTimeout(() => send(response, toAnswer(input.length)), input.length * TEXT_MS)
}

function toAnswer(count: number): Buffer {
  const vectors = Array.from({ length: count }, () => VECTOR).join(',')
  const counts = `"total_duration":1000000,"load_duration":1000,"prompt_eval_count":${count * 4}`
  return Buffer.from(`{"model":"${MODEL}","embeddings":[${vectors}],${counts}}`)
}

function send(response: ServerResponse, body: Buffer): void {
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.setHeader('Content-Length', body.length)
  response.end(body)
}

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => announce(server))
