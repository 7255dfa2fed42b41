import { toChild } from '../harness/field.ts'
import type { Rival } from '../harness/rival.ts'
import { startServer } from '../harness/servers.ts'
import { readPackageVersion } from '../harness/versions.ts'

/** Fastify with a parser that keeps the body raw, and a fixed answer: what answering costs at all. */
export const FASTIFY: Rival = {
  name: 'fastify',
  findVersion: () => readPackageVersion('fastify'),
  start: ({ cores }) => startServer({ script: toChild('bare-fastify'), place: cores?.server }),
}
