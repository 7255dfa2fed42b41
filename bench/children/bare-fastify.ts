// The yardstick: Fastify with nothing but a parser that keeps the body raw, and a fixed answer.
import { fastify } from 'fastify'
import { FIXED_ANSWERS, JSON_TYPE, TAGS } from '../harness/answers.ts'
import { announce } from './announce.ts'

const app = fastify({ logger: false })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

for (const [path, { type, body }] of Object.entries(FIXED_ANSWERS)) {
  app.post(path, (_request, reply) => {
    reply.header('content-type', type).send(body)
  })
}
app.get('/api/tags', (_request, reply) => {
  reply.header('content-type', JSON_TYPE).send(TAGS)
})

await app.listen({ host: '127.0.0.1', port: 0 })
announce(app.server)
