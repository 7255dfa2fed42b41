import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { createLive, type Live } from './admin/live.ts'
import type { LifeState } from './admin/routes.ts'
import { type Clock, createSteadyClock, systemClock } from './clock.ts'
import { type Cohorts, createCohorts } from './cohorts.ts'
import type { Config } from './config/config.ts'
import { findLifetime } from './config/lifetimes.ts'
import { isLoopback } from './config/loopback.ts'
import type { LogOptions, RequestLog } from './log.ts'
import type { Catalog } from './metrics/catalog.ts'
import type { Gathering } from './metrics/gathering.ts'
import { createLife, type Life } from './metrics/life.ts'
import { createObserver, type Observer } from './metrics/observe.ts'
import { createTallies, type Tallies } from './metrics/tally.ts'
import { createModelRegistry, type ModelRegistry } from './models/registry.ts'
import { openCatalog, openEnded } from './observing.ts'
import { type Capture, openCapture } from './proxy/capture.ts'
import type { Shortcuts } from './proxy/exchange.ts'
import { createPurges, type Purges } from './proxy/purges.ts'
import { createCommit, type RecordOptions } from './proxy/record.ts'
import { createVerdicts, type Verdicts } from './proxy/verdicts.ts'
import { readStats } from './statistics.ts'
import type { Store } from './store/store.ts'
import { type CountedEvent, countStoreEvent, openWatched, type Stores } from './stores.ts'
import { createTraffic, openBreaker, type Traffic } from './traffic.ts'
import type { Breaker } from './upstream/breaker.ts'
import { createUpstream, type Upstream } from './upstream/pool.ts'
import { createPrimary, type Primary } from './workers/primary.ts'

/** What a test gives instead of the real thing. */
export interface ServerParts {
  readonly log: Logger
  /** Where the line of each request goes. */
  readonly requests: RequestLog
  /** What the log was made with: workers make theirs of it. Without it they write none. */
  readonly look?: LogOptions
  readonly clock?: Clock
  /** Instead of memory and SQLite. */
  readonly store?: Store
  /** `untaken`: known bytes go all the way too. */
  readonly shortcuts?: Shortcuts
}

/** Everything that lives as long as the server. */
export interface Parts {
  readonly config: Config
  readonly log: Logger
  readonly requests: RequestLog
  readonly clock: Clock
  /** Where questions and answers wait for each other, so that each part of the work is done for many at once. */
  readonly cohorts: Cohorts
  readonly upstream: Upstream
  readonly stores: Stores
  readonly catalog: Catalog
  readonly tallies: Tallies
  /** Another one from each reset of the statistics on. */
  observer: Observer
  /** Requests that have ended and are to be counted, shown and written down. */
  readonly ended: Gathering
  /** Totals that outlive the process. */
  readonly life: Life
  readonly registry: ModelRegistry
  readonly traffic: Traffic
  readonly live: Live
  readonly verdicts: Verdicts
  readonly purges: Purges
  /** What this process is to its workers; undefined where it answers alone. */
  readonly primary: Primary | undefined
  /** Undefined where requests are not written down. */
  readonly capture: Capture | undefined
  readonly pseudonym: string
  readonly shortcuts: Shortcuts
  readonly startedAt: number
  /** Since when the statistics count, in ms since the epoch. */
  countedSince: number
  state: LifeState
}

/** Makes the objects; nothing of them listens or asks yet. Throws `foreign-database`. */
export function createParts(config: Config, given: ServerParts): Parts {
  const { log, requests } = given
  const clock = createSteadyClock(given.clock ?? systemClock)
  const cohorts = createCohorts(clock)
  const upstream = createUpstream(config.upstream, cohorts)
  const later: { traffic?: Traffic; registry?: ModelRegistry; live?: Live } = {}
  const tallies = createTallies()
  const catalog = openCatalog(config, requests, {
    tallies,
    usage: () => stores.store.usage(),
    origin: () => later.traffic?.state ?? AT_REST,
  })
  const primary = config.workers > 1 ? createPrimary({ clock, log, look: given.look }) : undefined
  const count = (event: CountedEvent) => countStoreEvent(catalog, event, later.registry)
  const stores = openWatched(config, { clock, log, given: given.store, count }, primary)
  const breaker = openBreaker({ clock, log, upstream }, () => later.registry?.invalidate())
  const registry = openRegistry({ config, clock, upstream, stores, primary }, breaker)
  later.registry = registry
  const pseudonym = `reprise-${randomBytes(4).toString('hex')}`
  const made = {
    primary,
    purges: createPurges(clock),
    capture: openCapture(config, log),
    life: createLife({
      clock,
      note: stores.lasting === 'restarts' ? stores.note('life') : undefined,
      writer: pseudonym,
    }),
  }
  const base = {
    config,
    log,
    requests,
    clock,
    cohorts,
    upstream,
    stores,
    catalog,
    tallies,
    registry,
    ...made,
  }
  const verdicts = createVerdicts()
  const commit = createCommit(toRecordOptions(base, verdicts))
  const onChange = () => later.live?.touch()
  const traffic = createTraffic({ ...base, breaker, pseudonym, onChange }, commit)
  later.traffic = traffic
  const observer = createObserver(catalog, tallies)
  const startedAt = clock.now()
  const live = createLive({ clock, stats: () => readStats(parts), origin: () => traffic.state })
  later.live = live
  const late = { observer, traffic, live, verdicts, pseudonym, startedAt, countedSince: startedAt }
  const last = { ended: openEnded(clock, () => parts), shortcuts: given.shortcuts ?? 'taken' }
  const parts: Parts = { ...base, ...late, ...last, state: 'starting' }
  return parts
}

/** A store that cannot purge cannot give what it has either, or says so by itself. */
async function forgetSince(
  { store }: Stores,
  digests: readonly string[],
  since: number,
): Promise<void> {
  for (const digest of digests) {
    await store.purge({ digest, storedFromAt: since }, 'purge').catch(() => {})
  }
}

/** The models of the origin, as it lists them and as they were known before a restart. */
function openRegistry(
  {
    config,
    clock,
    upstream,
    stores,
    primary,
  }: Pick<Parts, 'config' | 'clock' | 'upstream' | 'stores' | 'primary'>,
  breaker: Breaker,
): ModelRegistry {
  const registry: ModelRegistry = createModelRegistry({
    ask: (path, options) => upstream.ask(path, options),
    clock,
    place: isLoopback(config.upstream.hostname) ? 'this-machine' : 'elsewhere',
    note: stores.note('models'),
    isReachable: () => config.mode !== 'offline' && breaker.state === 'closed',
    onRead(originNow, digests) {
      stores.confirmClock(originNow)
      stores.store.setDigests(digests)
      primary?.hearModels(registry.snapshot())
    },
    onReplaced: (digests, since) => forgetSince(stores, digests, since),
  })
  return registry
}

const AT_REST: Traffic['state'] = { queueDepth: 0, running: 0, flights: 0, breaker: 'closed' }

/** What is read where answers become entries. */
type RecordParts = Pick<
  Parts,
  'config' | 'clock' | 'registry' | 'catalog' | 'stores' | 'purges' | 'life'
>

/** What is decided by when entries are put into the store: the rules of the configuration. */
export function toRecordOptions(parts: RecordParts, verdicts: Verdicts): RecordOptions {
  const { config, clock, registry, catalog, stores } = parts
  return {
    clock,
    registry,
    verdicts,
    store: stores.store,
    findLifetime: (subject) => findLifetime(config.lifetimes, subject),
    isPurged: (entry, askedAt) => parts.purges.forbids(entry, askedAt),
    onObserved: (verdict) => {
      catalog.cache.observed.inc({ verdict })
      parts.life.noteVerdict(verdict)
    },
    onVerdict: (verdict) => {
      if (verdict !== 'stored') catalog.cache.notStored.inc({ reason: verdict })
    },
  }
}
