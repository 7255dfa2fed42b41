import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cores } from './cores.ts'
import type { Rival } from './rival.ts'
import { ROOT, type Server, startServer } from './servers.ts'

/** Every server of the comparisons, each started when it is first asked for; idle ones take no time. */
export interface Field {
  /** The origin that the others stand before. */
  readonly behind: Server
  readonly cores: Cores | undefined
  find(rival: Rival): Promise<Server>
  close(): Promise<void>
}

/** Starts the origin. */
export async function openField(
  profileFolder: string | undefined,
  cores: Cores | undefined,
): Promise<Field> {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-bench-'))
  const behind = await startServer({ script: toChild('origin'), place: cores?.origin })
  const started = new Map<string, Server>()
  return {
    behind,
    cores,
    async find(rival) {
      const known = started.get(rival.name)
      if (known !== undefined) return known
      const own = mkdtempSync(join(folder, 'server-'))
      const ground = { originUrl: behind.url, folder: own, cores, profileFolder }
      const server = await rival.start(ground)
      started.set(rival.name, server)
      return server
    },
    async close() {
      for (const server of [...started.values(), behind]) await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A program of the folder `children`, as it was built. */
export function toChild(name: string): string {
  return join(ROOT, 'dist-bench', 'children', `${name}.js`)
}
