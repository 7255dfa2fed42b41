import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { RepriseError } from '../errors.ts'
import type { Live, Viewer } from './live.ts'

/** What the route needs of the rest. */
export interface EventsOptions {
  readonly live: Pick<Live, 'watch'>
}

/** A viewer that has left so much unread is cut: nothing waits for it. Browsers come back by themselves. */
const MAX_UNREAD_BYTES = 1024 * 1024

/** How soon a browser comes back, in ms. */
const RETRY_MS = 2_000

/**
 * `GET /reprise/events`: server-sent events (WHATWG HTML §9.2). `past` comes first, then `state` on changes, at most once a
 * second, and `request` for each request that ends.
 */
export function registerEvents(app: FastifyInstance, { live }: EventsOptions): void {
  app.get('/reprise/events', (_request, reply) => {
    const response = reply.raw
    const early: string[] = []
    const viewer = toViewer(response, early)
    const watch = live.watch(viewer)
    if (watch === undefined) {
      throw new RepriseError('overloaded', 'too many dashboards are open', undefined, {
        retryAfterSeconds: 5,
      })
    }
    reply.hijack()
    response.once('close', () => watch.leave())
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      // Some proxies gather an answer before they pass it on.
      'X-Accel-Buffering': 'no',
    })
    response.write(`retry: ${RETRY_MS}\n\n${early.splice(0).join('')}`)
  })
}

/** What comes before the head is out is kept in `early`: only what `watch` itself says. */
function toViewer(response: ServerResponse, early: string[]): Viewer {
  return {
    send(text) {
      if (!response.headersSent) early.push(text)
      else if (response.writableLength > MAX_UNREAD_BYTES) response.destroy()
      else response.write(text)
    },
    end: () => void response.end(),
  }
}
