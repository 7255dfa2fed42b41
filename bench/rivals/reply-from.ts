import { toChild } from '../harness/field.ts'
import type { Rival } from '../harness/rival.ts'
import { startServer } from '../harness/servers.ts'
import { readPackageVersion } from '../harness/versions.ts'

/** Fastify and @fastify/reply-from before the origin: a proxy that reads nothing and keeps nothing. */
export const REPLY_FROM: Rival = {
  name: 'reply-from',
  findVersion: () => readPackageVersion('@fastify/reply-from'),
  start: ({ cores, originUrl }) =>
    startServer({
      script: toChild('bare-reply-from'),
      arguments: [originUrl],
      place: cores?.server,
    }),
}
