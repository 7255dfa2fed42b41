import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ground, RepriseRival } from '../harness/rival.ts'
import { ROOT, type Server, startServer } from '../harness/servers.ts'
import { readRevision } from '../harness/versions.ts'

type Settings = Readonly<Record<string, unknown>>

/** Reprise as it is installed, but that it writes no log. */
export const REPRISE: RepriseRival = createReprise('reprise', {})

/** Reprise writing one line for each request, as it does by default. */
export const REPRISE_LOGGING: RepriseRival = createReprise('reprise, logging', {
  log: { level: 'info', format: 'json' },
})

/** Reprise without a memory tier: every hit is read from SQLite. */
export const REPRISE_ON_DISK: RepriseRival = createReprise('reprise, disk only', {
  cache: { memoryMaxBytes: 0 },
})

/** Two processes that give known answers, and one behind them. */
export const REPRISE_WORKERS: RepriseRival = createReprise('reprise, 2 workers', {
  server: { workers: 2 },
})

function createReprise(name: string, settings: Settings, root = ROOT): RepriseRival {
  return {
    kind: 'reprise',
    name,
    findVersion: () => readRevision(root),
    start: (ground) => startReprise(ground, settings, root),
    builtIn: (other, otherName) => createReprise(otherName, settings, other),
  }
}

function startReprise(ground: Ground, settings: Settings, root: string): Promise<Server> {
  const { cores, folder, originUrl, profileFolder } = ground
  const config = join(folder, 'reprise.json')
  const fixed = {
    listen: '127.0.0.1:0',
    upstream: originUrl,
    dataDir: join(folder, 'data'),
    log: { level: 'silent', format: 'json' },
  }
  writeFileSync(config, JSON.stringify({ ...fixed, ...settings }))
  return startServer({
    script: join(root, 'dist', 'main.js'),
    arguments: ['serve', '--config', config],
    nodeOptions: profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileFolder],
    place: cores?.server,
  })
}
