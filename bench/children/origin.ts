// An Ollama that needs no time: all that is measured in front of it is the way there and back.
import { createServer, type ServerResponse } from 'node:http'
import { ANSWERS, type Size, TAGS } from '../harness/answers.ts'
import { announce } from './announce.ts'

const FIXED: Readonly<Record<string, Buffer>> = {
  '/api/version': Buffer.from('{"version":"0.12.6"}'),
  '/api/tags': TAGS,
  '/api/ps': TAGS,
  '/api/show': Buffer.from('{"template":"{{ .Prompt }}","details":{"family":"bench"}}'),
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => answer(request.url ?? '/', Buffer.concat(chunks), response))
})

function answer(path: string, body: Buffer, response: ServerResponse): void {
  const fixed = FIXED[path]
  if (fixed !== undefined) {
    sendWhole(response, fixed)
    return
  }
  if (path !== '/api/generate') {
    response.statusCode = 404
    sendWhole(response, Buffer.from('{"error":"not found"}'))
    return
  }
  const size: Size = body.includes('"bench:short"') ? 'short' : 'long'
  const { frames, whole } = ANSWERS[size]
  if (body.includes('"stream":false')) {
    sendWhole(response, whole)
    return
  }
  response.setHeader('Content-Type', 'application/x-ndjson')
  // Each frame is written by itself, as Ollama flushes each.
  for (const frame of frames) response.write(frame)
  response.end()
}

function sendWhole(response: ServerResponse, body: Buffer): void {
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.setHeader('Content-Length', body.length)
  response.end(body)
}

server.listen(0, '127.0.0.1', () => announce(server))
