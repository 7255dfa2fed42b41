// Node's own server with a fixed answer; the body is read, as every server that looks at it must.
import { createServer } from 'node:http'
import { FIXED_ANSWERS } from '../harness/answers.ts'
import { announce } from './announce.ts'

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    Buffer.concat(chunks)
    const { type, body } = FIXED_ANSWERS[request.url ?? ''] ?? NOTHING
    response.writeHead(200, { 'content-type': type, 'content-length': body.length })
    response.end(body)
  })
})

const NOTHING = { type: 'text/plain', body: Buffer.alloc(0) }

server.listen(0, '127.0.0.1', () => announce(server))
