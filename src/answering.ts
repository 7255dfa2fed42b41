import type { AppOptions } from './app.ts'
import { type Parts, toRecordOptions } from './compose.ts'
import { createPolicies } from './policies.ts'
import { toNote } from './proxy/capture.ts'
import { createConnections } from './proxy/connections.ts'
import { createHandle, type HandleOptions } from './proxy/handle.ts'
import { createVectorsCommit } from './proxy/record.ts'
import { createRepeats } from './proxy/repeats.ts'
import { createReadyEntries } from './proxy/replay.ts'
import { random } from './random.ts'
import { toFailure, toFailureMessage } from './upstream/failure.ts'

/** The story, and the short way past it, with everything they need. */
export function buildAnswering(parts: Parts): Pick<AppOptions, 'handle' | 'connections'> {
  const options = toHandleOptions(parts)
  const repeats = createRepeats({
    ...options,
    store: parts.stores.store,
    isDraining: () => parts.state === 'draining',
  })
  return {
    handle: createHandle({ ...options, learn: repeats.learn }),
    connections: createConnections(repeats.answer),
  }
}

/** What the steps need: the same for a request that is answered and for one that is explained. */
export function toHandleOptions(parts: Parts): Omit<HandleOptions, 'learn'> {
  const { config, clock, registry, catalog, log, traffic } = parts
  return {
    clock,
    cohorts: parts.cohorts,
    registry,
    store: parts.stores.store,
    verdicts: parts.verdicts,
    flights: traffic.flights,
    random,
    ready: createReadyEntries(),
    pseudonym: parts.pseudonym,
    nextHop: config.upstream.host,
    mode: config.mode,
    cache: config.cache.enabled ? 'enabled' : 'disabled',
    maxBodyBytes: config.cache.maxBodyBytes,
    maxBatch: config.embeddings.maxBatch,
    commitVectors: createVectorsCommit(toRecordOptions(parts, parts.verdicts)),
    staleIfErrorSeconds: config.stale.ifErrorSeconds,
    staleWhileRevalidateSeconds: config.stale.whileRevalidateSeconds,
    inFlight: parts.tallies.inFlight,
    serverTiming: config.metrics.serverTiming ? 'on' : 'off',
    policyFor: createPolicies(config, () => registry.snapshot().version),
    shortcuts: parts.shortcuts,
    capture: toNote(parts.capture),
    refresh: (exchange) => traffic.flights.refresh(exchange),
    retryAfterSeconds: (reason) => traffic.retryAfterSeconds(reason),
    onTooLarge: once(() =>
      log.warn(
        'a body over cache.maxBodyBytes went through without parameters: the model may reload',
      ),
    ),
    onStalled: () => catalog.origin.stalledClients.inc(),
    onModelsChanged() {
      registry.invalidate()
      return parts.primary?.forget()
    },
    onAnswered: () => traffic.onAnswered(),
    onFailed: (failure) => traffic.onFailed(failure),
    toFailure,
    toFailureMessage: (failure) => toFailureMessage(failure, config.upstream),
    onError: (error) => log.warn({ code: error.code }, error.message),
    observe: (observation) => parts.ended.add(observation),
  }
}

function once<T>(act: (value: T) => void): (value: T) => void {
  let isDone = false
  return (value) => {
    if (!isDone) act(value)
    isDone = true
  }
}
