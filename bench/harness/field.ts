import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cores } from './cores.ts'
import { ROOT, type Server, startServer } from './servers.ts'

/** A server that answers in a comparison; `origin` is called directly, on the core the others use. */
export type ServerName = 'reprise' | 'reprise+log' | 'fastify' | 'origin'

/** Everything that runs while the bench does. */
export interface Field {
  readonly servers: Readonly<Record<ServerName, Server>>
  /** The origin behind Reprise. */
  readonly behind: Server
  readonly cores: Cores | undefined
  close(): Promise<void>
}

/** Starts all servers, each in its own process; the two of Reprise differ in their log only. */
export async function startField(
  profileFolder: string | undefined,
  cores: Cores | undefined,
): Promise<Field> {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-bench-'))
  const started: Server[] = []
  const start = async (options: Parameters<typeof startServer>[0]): Promise<Server> => {
    const server = await startServer(options)
    started.push(server)
    return server
  }
  const close = async (): Promise<void> => {
    for (const server of started.toReversed()) await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const child = (name: string) => join(ROOT, 'dist-bench', 'children', `${name}.js`)
  try {
    const behind = await start({ script: child('origin'), core: cores?.origin })
    const reprise = (level: string, nodeOptions: readonly string[] = []) =>
      start({
        script: join(ROOT, 'dist', 'main.js'),
        arguments: toArguments(behind.url, join(folder, level), level),
        nodeOptions,
        core: cores?.server,
      })
    const servers = {
      reprise: await reprise('silent', toProfiling(profileFolder)),
      'reprise+log': await reprise('info'),
      fastify: await start({ script: child('bare-fastify'), core: cores?.server }),
      origin: await start({ script: child('origin'), core: cores?.server }),
    }
    return { servers, behind, cores, close }
  } catch (error) {
    await close()
    throw error
  }
}

function toArguments(upstream: string, dataDir: string, level: string): string[] {
  const listen = ['--listen', '127.0.0.1:0', '--upstream', upstream]
  return ['serve', ...listen, '--data-dir', dataDir, '--log-level', level, '--log-format', 'json']
}

function toProfiling(folder: string | undefined): string[] {
  return folder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', folder]
}
