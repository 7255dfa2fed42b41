import { toChild } from '../harness/field.ts'
import type { Rival } from '../harness/rival.ts'
import { startServer } from '../harness/servers.ts'

/** The origin asked directly, on the core that the others use: what there is without any proxy. */
export const DIRECT: Rival = {
  name: 'origin',
  findVersion: () => process.version,
  start: ({ cores }) => startServer({ script: toChild('origin'), place: cores?.server }),
}
