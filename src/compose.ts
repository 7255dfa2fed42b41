import { randomBytes } from 'node:crypto'
import { hostname, networkInterfaces } from 'node:os'
import type { Logger } from 'pino'
import type { LifeState } from './admin/routes.ts'
import { type Clock, systemClock } from './clock.ts'
import { type Config, findLifetimeSeconds } from './config/config.ts'
import { isLoopback } from './config/load.ts'
import { logRequest } from './log.ts'
import { type Catalog, createCatalog } from './metrics/catalog.ts'
import { createObserver, type Observation, type Observer } from './metrics/observe.ts'
import { createTallies } from './metrics/tally.ts'
import { createDialectWatch, type DialectWatch } from './models/dialects.ts'
import { createModelRegistry, type ModelRegistry } from './models/registry.ts'
import { createOriginPolicy } from './ollama/origins.ts'
import type { Policy } from './ollama/question.ts'
import { createGuard, type Guard } from './proxy/guard.ts'
import { createHandle, type Handle } from './proxy/handle.ts'
import { createVerdicts } from './proxy/verdicts.ts'
import type { Store } from './store/store.ts'
import { openStores, type Stores } from './stores.ts'
import { toFailure, toFailureMessage } from './upstream/failure.ts'
import { createOriginProbe } from './upstream/origins.ts'
import { createUpstream, type Upstream } from './upstream/pool.ts'
import { VERSION } from './version.ts'

/** What a test gives instead of the real thing. */
export interface ServerParts {
  readonly log: Logger
  readonly clock?: Clock
  /** Instead of memory and SQLite. */
  readonly store?: Store
}

/** Everything that lives as long as the server. */
export interface Parts {
  readonly config: Config
  readonly log: Logger
  readonly clock: Clock
  readonly upstream: Upstream
  readonly stores: Stores
  readonly catalog: Catalog
  readonly observer: Observer
  readonly registry: ModelRegistry
  readonly dialects: DialectWatch
  readonly pseudonym: string
  readonly startedAt: number
  state: LifeState
}

/** Makes the objects; nothing of them listens or asks yet. Throws `foreign-database`. */
export function createParts(config: Config, given: ServerParts): Parts {
  const { log, clock = systemClock } = given
  const upstream = createUpstream(config.upstream)
  const counting: { catalog?: Catalog } = {}
  const stores = openStores(config, {
    clock,
    log,
    given: given.store,
    count: (event) => counting.catalog?.storeEvents.inc({ event }),
  })
  const tallies = createTallies()
  const catalog = createCatalog({ tallies, usage: () => stores.store.usage(), version: VERSION })
  counting.catalog = catalog
  const registry = createModelRegistry({
    ask: (path, options) => upstream.ask(path, options),
    clock,
    place: isLoopback(config.upstream.hostname) ? 'this-machine' : 'elsewhere',
    note: stores.note('models'),
    onRead: (originNow) => stores.confirmClock(originNow),
  })
  return {
    config,
    log,
    clock,
    upstream,
    stores,
    catalog,
    observer: createObserver(catalog, tallies),
    registry,
    dialects: createDialectWatch((model) => warnOfReloads(config, log, model)),
    pseudonym: `reprise-${randomBytes(4).toString('hex')}`,
    startedAt: clock.now(),
    state: 'starting',
  }
}

/** The guard, with the rules of Ollama and those of the configuration. */
export function buildGuard(parts: Parts): Guard {
  const { config, upstream, clock } = parts
  const probe = createOriginProbe(upstream, clock)
  return createGuard({
    pseudonym: parts.pseudonym,
    origins: createOriginPolicy(config.security.origins),
    askOrigin: (origin) => probe.isAllowed(origin),
    localNames: isLoopback(config.listen.host) ? readLocalNames() : undefined,
    hosts: config.security.hosts.map((host) => host.toLowerCase()),
    isDraining: () => parts.state === 'draining',
    onRefused: (status) => observe(parts, toRefused(status)),
  })
}

/** Ollama allows the name and every address of the machine it runs on. */
function readLocalNames() {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return { hostname: hostname(), addresses: addresses.map(({ address }) => address) }
}

function toRefused(status: number): Observation {
  return {
    outcome: { kind: 'error', status },
    endpoint: 'other',
    kind: 'none',
    model: 'none',
    status,
    durationMs: 0,
    firstFrameMs: undefined,
    bytes: 0,
    upstreamFailure: undefined,
    saved: undefined,
    capped: 'not-capped',
  }
}

/** The story, with everything its steps need. */
export function buildHandle(parts: Parts): Handle {
  const { config, clock, upstream, registry, catalog, log } = parts
  const { injection, sampling, profiles, ttlSeconds } = config
  const common: Policy = { injection, sampling }
  return createHandle({
    clock,
    upstream,
    registry,
    store: parts.stores.store,
    verdicts: createVerdicts(),
    pseudonym: parts.pseudonym,
    mode: config.mode,
    cache: config.cache.enabled ? 'enabled' : 'disabled',
    maxBodyBytes: config.cache.maxBodyBytes,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    policyFor: (name) => {
      if (name === undefined) return common
      const rules = profiles.get(name)
      return rules && { injection: injection && rules, sampling }
    },
    lifetimeSeconds: (kind, model) => findLifetimeSeconds(ttlSeconds, kind, model),
    onTooLarge: once(() =>
      log.warn(
        'a body over cache.maxBodyBytes went through without parameters: the model may reload',
      ),
    ),
    onVerdict: (verdict) => {
      if (verdict !== 'stored') catalog.notStored.inc({ reason: verdict })
    },
    onModelsChanged: () => registry.invalidate(),
    toFailure,
    toFailureMessage: (failure) => toFailureMessage(failure, config.upstream),
    onError: (error) => log.warn({ code: error.code }, error.message),
    observe: (observation) => observe(parts, observation),
  })
}

/** An answer past this size is passed on and not kept, in bytes. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

function once<T>(act: (value: T) => void): (value: T) => void {
  let isDone = false
  return (value) => {
    if (!isDone) act(value)
    isDone = true
  }
}

function warnOfReloads(config: Config, log: Logger, model: string): void {
  const mode = config.injection?.numThread.mode ?? 'off'
  if (mode === 'off') return
  log.warn(
    `model ${model} is asked natively and over /v1, which cannot carry num_thread: it reloads at each turn; inject.numThread.mode=off prevents that`,
  )
}

function observe(parts: Parts, observation: Observation): void {
  parts.observer.observe(observation)
  parts.dialects.note(observation.model, observation.endpoint)
  // An origin that failed may be another one when it comes back: its version and models are read anew.
  if (observation.upstreamFailure !== undefined) parts.registry.invalidate()
  logRequest(parts.log, observation)
}
