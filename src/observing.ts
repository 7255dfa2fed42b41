import type { Clock } from './clock.ts'
import type { Parts } from './compose.ts'
import type { Config } from './config/config.ts'
import { createGathering, type Gathering } from './gathering.ts'
import type { RequestLog } from './log.ts'
import { type Catalog, type CatalogSources, createCatalog } from './metrics/catalog.ts'
import type { Observation } from './metrics/observe.ts'
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

/** Where requests go that have ended, to be dealt with together; what deals with them may be made later. */
export function openEnded(clock: Clock, parts: () => Parts): Gathering<Observation> {
  return createGathering(clock, (ended, at) => {
    const present = parts()
    for (const each of ended) observe(present, each, at)
  })
}

/** The one place where a request that has ended at an instant (wall time, in ms) is counted, shown and written down. */
export function observe(
  parts: Parts,
  observation: Observation,
  at: number = parts.clock.now(),
): void {
  count(parts, observation, at)
  // What leaves no trace leaves none in the log either.
  const { outcome } = observation
  if (outcome.kind === 'bypass' && outcome.reason === 'no-store') return
  parts.requests.note(observation, at)
}

/** The same of a request that a worker has answered, and written down. */
export function count(
  parts: Parts,
  observation: Observation,
  at: number = parts.clock.now(),
): void {
  parts.observer.observe(observation)
  parts.life.note(observation)
  parts.live.note(observation, at)
}
