import { toChild } from '../harness/field.ts'
import type { Rival } from '../harness/rival.ts'
import { startServer } from '../harness/servers.ts'

/** Node's own server, which reads the body and sends a fixed answer: nothing on Node can be cheaper. */
export const NODE_HTTP: Rival = {
  name: 'node:http',
  findVersion: () => process.version,
  start: ({ cores }) => startServer({ script: toChild('bare-http'), place: cores?.server }),
}
