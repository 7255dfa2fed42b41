import { randomBytes } from 'node:crypto'
import { openAdminToken } from './admin/admin-token.ts'
import type { AdminOptions } from './admin/routes.ts'
import { toHandleOptions } from './answering.ts'
import type { Parts } from './compose.ts'
import { listInForce } from './config/in-force.ts'
import { isLoopback } from './config/loopback.ts'
import { createObserver } from './metrics/observe.ts'
import { readKept } from './models/kept-table.ts'
import { listLoaded } from './models/loaded.ts'
import { createExplain } from './proxy/explain.ts'
import { readStats } from './statistics.ts'
import { checkHealth } from './upstream/health.ts'

/** What the reserved paths read and change, of the parts of the server. */
export function toAdminOptions(parts: Parts): AdminOptions {
  const { catalog, clock, config, stores, registry } = parts
  return {
    catalog,
    clock,
    store: stores.store,
    token: openToken(parts),
    state: () => parts.state,
    stats: () => readStats(parts),
    resetStats: () => resetStats(parts),
    checkUpstream: () => checkHealth(parts.upstream),
    explain: createExplain({ ...toHandleOptions(parts), store: stores.store }),
    settings: () => listInForce(config),
    inspect: () => stores.inspect(),
    readOrigin: () => readKept(stores.note(MODELS_NOTE)),
    adoptOrigin(kept) {
      const result = registry.adopt(kept)
      parts.primary?.hearModels(registry.snapshot())
      return result
    },
    onPurge: (filter) => parts.purges.note(filter),
    tallies: parts.tallies,
    models: () => registry.snapshot().models,
    loadedModels: () => askLoaded(parts),
    live: parts.live,
    isLoopback,
  }
}

/** An origin that is not to be asked, or known to be down, is not asked by those who only look either. */
async function askLoaded({ config, traffic, upstream }: Parts) {
  if (config.mode === 'offline' || traffic.state.breaker !== 'closed') return undefined
  return listLoaded((path, options) => upstream.ask(path, options))
}

/** The note in which the registry keeps what it knows of the origin. */
const MODELS_NOTE = 'models'

function openToken({ config, log }: Parts): AdminOptions['token'] {
  const { token, fault } = openAdminToken(config.dataDir, randomBytes)
  if (fault !== undefined) {
    log.warn({ err: fault }, 'admin-token cannot be written: nobody can purge, export or import')
  }
  return token
}

/** Counters that Prometheus reads only ever grow: a new observer goes on counting into the same ones. */
function resetStats(parts: Parts): void {
  parts.observer = createObserver(parts.catalog, parts.tallies)
  parts.countedSince = parts.clock.now()
  parts.life.reset()
}
