import type { Clock } from './clock.ts'
import type { Parts } from './compose.ts'
import type { Config } from './config/config.ts'
import type { RequestLog } from './log.ts'
import { type Catalog, type CatalogSources, createCatalog } from './metrics/catalog.ts'
import { createGathering, type Gathering } from './metrics/gathering.ts'
import { leavesNoTrace } from './metrics/observation.ts'
import { type ObservedGroup, toGroups } from './metrics/observed-group.ts'
import { VERSION } from './version.ts'

/** Opens the catalog of metrics, as the configuration wants it; what it reads may be made later. */
export function openCatalog(
  config: Config,
  requests: RequestLog,
  sources: Pick<CatalogSources, 'tallies' | 'usage' | 'origin'>,
): Catalog {
  return createCatalog({
    ...sources,
    version: VERSION,
    storeState: config.cache.enabled && config.mode !== 'off' ? 'writing' : 'off',
    droppedLines: () => requests.dropped,
    counting: config.metrics.enabled ? 'on' : 'off',
  })
}

/** Where requests go that have ended, to be counted, shown and written down; what does so may be made later. */
export function openEnded(clock: Clock, parts: () => Parts): Gathering {
  return createGathering(clock, (batch, at) => {
    const present = parts()
    for (const group of toGroups(batch)) {
      count(present, group, at)
      if (!leavesNoTrace(group.form)) present.requests.note(group, at)
    }
  })
}

/** Counts and shows requests that have ended at an instant (wall time, in ms). */
export function count(parts: Parts, group: ObservedGroup, at: number = parts.clock.now()): void {
  parts.observer.observe(group)
  parts.life.note(group)
  parts.live.note(group, at)
}
