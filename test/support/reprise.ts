import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../src/clock.ts'
import { type ConfigInput, loadConfig } from '../../src/config/load.ts'
import { createLog } from '../../src/log.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import type { Store } from '../../src/store/store.ts'
import { exchange } from './raw-client.ts'

/** What a test says of the server it wants. */
export interface RepriseOptions {
  readonly upstream: string
  /** Settings by key, as flags. */
  readonly flags?: ConfigInput['flags']
  readonly clock?: Clock
  readonly store?: Store
  /** `debug`: hits tell where their time went too. */
  readonly logLevel?: 'info' | 'debug'
  readonly shortcuts?: 'taken' | 'untaken'
  /** Kept after the test, and used again; by default a new one that goes with the server. */
  readonly dataDir?: string
}

/** Reprise itself, in this process, on a free port, with the lines it logged. */
export interface TestServer extends RunningServer {
  readonly log: Record<string, unknown>[]
  readonly dataDir: string
  /** Resolves with the nth logged line (from 1) that has these fields, which may have been written already. */
  logged(fields: Record<string, unknown>, n?: number): Promise<Record<string, unknown>>
  /** The value of a metric by its name and labels as they stand in the text; 0 where it is absent. */
  metric(series: string): Promise<number>
}

/** Starts the whole server in front of an origin. */
export async function startReprise(options: RepriseOptions): Promise<TestServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'reprise-test-'))
  // How busy the machine is that runs the tests must not change their results.
  const calm = { listen: '127.0.0.1:0', 'overload.maxEventLoopDelayMs': 0 }
  const flags = { ...calm, upstream: options.upstream, dataDir, ...options.flags }
  const config = loadConfig({ flags, environment: {} })
  const lines: Record<string, unknown>[] = []
  const watchers = new Set<() => void>()
  const output = {
    write(line: string) {
      lines.push(JSON.parse(line) as Record<string, unknown>)
      for (const watch of [...watchers]) watch()
    },
  }
  const { logLevel: level = 'info' } = options
  const look = { level, format: 'json', screen: 'none', label: '' } as const
  const server = await startServer(config, {
    ...createLog({ ...look, output }),
    ...(options.clock && { clock: options.clock }),
    ...(options.store && { store: options.store }),
    ...(options.shortcuts && { shortcuts: options.shortcuts }),
  })
  return {
    ...server,
    log: lines,
    dataDir,
    logged: (fields, n = 1) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = lines.filter((line) => hasFields(line, fields))[n - 1]
          if (found === undefined) return
          watchers.delete(look)
          resolve(found)
        }
        watchers.add(look)
        look()
      }),
    async metric(series) {
      const { body } = await exchange(server.port, { path: '/metrics' })
      const line = body
        .toString()
        .split('\n')
        .find((each) => each.startsWith(`${series} `))
      return Number(line?.slice(series.length + 1) ?? 0)
    },
    async close() {
      await server.close()
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function hasFields(line: Record<string, unknown>, fields: Record<string, unknown>): boolean {
  return Object.entries(fields).every(([name, value]) => line[name] === value)
}
