// A proxy that does none of the work: @fastify/reply-from hands every body on as it is. Argument: the origin.
import replyFrom from '@fastify/reply-from'
import { fastify } from 'fastify'
import { announce } from './announce.ts'

const app = fastify({ logger: false })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
await app.register(replyFrom, {
  base: process.argv[2] ?? '',
  undici: { connections: 256, pipelining: 1 },
})
app.all('*', (request, reply) =>
  reply.from(
    request.url,
    request.body instanceof Buffer
      ? { body: request.body, contentType: 'application/json' }
      : undefined,
  ),
)

await app.listen({ host: '127.0.0.1', port: 0 })
announce(app.server)
