import { randomBytes } from 'node:crypto'
import { openAdminToken } from './admin/admin-token.ts'
import type { AdminOptions } from './admin/routes.ts'
import { type Stats, toStats } from './admin/stats.ts'
import { type Parts, toHandleOptions } from './compose.ts'
import { listInForce } from './config/in-force.ts'
import { createObserver } from './metrics/observe.ts'
import { readKept } from './models/kept-table.ts'
import { createExplain } from './proxy/explain.ts'
import { checkHealth } from './upstream/health.ts'
import { VERSION } from './version.ts'

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
    adoptOrigin: (kept) => registry.adopt(kept),
    onPurge: (filter) => parts.purges.note(filter),
  }
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

/** All numbers of the process at this instant. */
export function readStats(parts: Parts): Stats {
  const { version, answering } = parts.registry.snapshot()
  return toStats({
    version: VERSION,
    startedAt: parts.startedAt,
    countedSince: parts.countedSince,
    now: parts.clock.now(),
    totals: parts.observer.totals(),
    usage: parts.stores.store.usage(),
    upstream: { url: parts.config.upstream.origin, version: version ?? null, answering },
  })
}

/** Counters that Prometheus reads only ever grow: a new observer goes on counting into the same ones. */
function resetStats(parts: Parts): void {
  parts.observer = createObserver(parts.catalog, parts.tallies)
  parts.countedSince = parts.clock.now()
}
