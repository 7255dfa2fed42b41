// The yardstick: Fastify with nothing but a parser that keeps the body raw, and a fixed answer.
import { fastify } from 'fastify'
import { ANSWERS, TAGS } from '../harness/answers.ts'
import { announce } from './announce.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const app = fastify({ logger: false })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

function addAnswer(path: string, type: string, body: Buffer): void {
  app.post(path, (_request, reply) => {
    reply.header('content-type', type).send(body)
  })
}

for (const [size, { stream, whole }] of Object.entries(ANSWERS)) {
  addAnswer(`/${size}/whole`, JSON_TYPE, whole)
  addAnswer(`/${size}/stream`, 'application/x-ndjson', stream)
}
app.get('/api/tags', (_request, reply) => {
  reply.header('content-type', JSON_TYPE).send(TAGS)
})

await app.listen({ host: '127.0.0.1', port: 0 })
announce(app.server)
