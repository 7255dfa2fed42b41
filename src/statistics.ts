import { type Stats, toStats } from './admin/stats.ts'
import type { Parts } from './compose.ts'
import { VERSION } from './version.ts'

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
    mode: parts.config.mode,
    life: parts.life.totals(),
    own: parts.life.own(),
    prices: parts.config.savings,
    upstream: { url: parts.config.upstream.origin, version: version ?? null, answering },
  })
}
