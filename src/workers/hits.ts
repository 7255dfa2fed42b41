import type { AppOptions } from '../app.ts'
import type { Clock } from '../clock.ts'
import type { Cohorts } from '../cohorts.ts'
import type { Config } from '../config/config.ts'
import { RepriseError } from '../errors.ts'
import type { Observation } from '../metrics/observation.ts'
import { createPolicies } from '../policies.ts'
import { createConnections } from '../proxy/connections.ts'
import { createDeliverStep } from '../proxy/deliver.ts'
import type { Step, StepName } from '../proxy/exchange.ts'
import { createFingerprintStep } from '../proxy/fingerprint.ts'
import { createStory } from '../proxy/handle.ts'
import { createLookupStep } from '../proxy/lookup.ts'
import { createReceiveStep } from '../proxy/receive.ts'
import { createRepeats, type Repeats } from '../proxy/repeats.ts'
import { createReadyEntries, createReplayStep, type ReadyEntries } from '../proxy/replay.ts'
import { createVectorsStep } from '../proxy/vectors.ts'
import { createVerdicts } from '../proxy/verdicts.ts'
import { random } from '../random.ts'
import type { HandOver } from './handover.ts'
import type { Knowledge } from './knowledge.ts'

/** What giving known answers needs. */
export interface HitsOptions {
  readonly config: Config
  readonly clock: Clock
  readonly cohorts: Cohorts
  readonly knowledge: Knowledge
  readonly handOver: HandOver
  isDraining(): boolean
  observe(observation: Observation): void
  onStalled(): void
}

/** The story, and the short way past it. */
type Hits = Pick<AppOptions, 'handle' | 'connections'>

/**
 * The story of a worker: the same steps up to a known answer. Where the first process would ask the origin, or
 * do anything else, the request is handed over to it; so is one of which a step here made an error.
 */
export function createHits(options: HitsOptions): Hits {
  const { clock, config, observe } = options
  const handOver = createHandOverStep(options.handOver)
  const ready = createReadyEntries()
  const repeats = createKnownRepeats(options, ready)
  const story = {
    clock,
    cohorts: options.cohorts,
    observe,
    // What is handed over is under way in the first process; the rest is over before anybody can ask.
    inFlight: { count: 0 },
    registry: options.knowledge.registry,
    maxBodyBytes: config.cache.maxBodyBytes,
    serverTiming: config.metrics.serverTiming ? 'on' : 'off',
    nextHop: config.upstream.host,
    learn: repeats.learn,
    // What could not be answered is handed over, and what was cut is in the observation.
    onError() {},
    decline: handOver,
  } as const
  const answering = createAnsweringSteps(options, ready)
  const rest = { join: handOver, fallback: handOver, relay: handOver, offline: handOver }
  return {
    handle: createStory(story, { ...answering, ...rest }),
    connections: createConnections(repeats.answer),
  }
}

function createKnownRepeats(options: HitsOptions, ready: ReadyEntries): Repeats {
  const { clock, config, knowledge } = options
  return createRepeats({
    ...{ clock, random, ready, shortcuts: 'taken', verdicts: createVerdicts() },
    registry: knowledge.registry,
    store: knowledge.store,
    serverTiming: config.metrics.serverTiming ? 'on' : 'off',
    isDraining: options.isDraining,
    observe: options.observe,
  })
}

function createAnsweringSteps(
  { clock, cohorts, config, knowledge, onStalled }: HitsOptions,
  ready: ReadyEntries,
) {
  const { registry, store } = knowledge
  const { mode, cache, stale } = config
  const common = {
    ...{ clock, store, mode, random },
    staleIfErrorSeconds: stale.ifErrorSeconds,
    staleWhileRevalidateSeconds: stale.whileRevalidateSeconds,
  }
  return {
    receive: createReceiveStep({
      ...{ mode, maxBodyBytes: cache.maxBodyBytes, capture: undefined },
      onTooLarge() {},
    }),
    fingerprint: createFingerprintStep({
      policyFor: createPolicies(config, () => registry.snapshot().version),
      cache: 'enabled',
      shortcuts: 'taken',
      registry,
    }),
    lookup: createLookupStep({ ...common, verdicts: createVerdicts(), refresh: refuse }),
    vectors: createVectorsStep({
      ...{ ...common, maxBatch: config.embeddings.maxBatch },
      flights: { refuse, join: refuse, refresh: refuse, size: 0 },
      retryAfterSeconds: () => 0,
      commitVectors() {},
    }),
    replay: createReplayStep({ clock, random, ready }),
    deliver: createDeliverStep({
      ...{ clock, random, onStalled, shortcuts: 'taken', cohorts },
      toFailureMessage: () => '',
    }),
  }
}

/** Nothing is asked of the origin here: where a step would, its request is handed over. */
function refuse(): never {
  throw new RepriseError('internal', 'only the first process asks the origin')
}

function createHandOverStep(handOver: HandOver): Step {
  return async (exchange): Promise<StepName> => {
    const { request, response, path, query, body } = exchange
    exchange.isHandedOver = true
    // Its client has gone in the middle of it.
    if (body.kind === 'broken') return 'done'
    await handOver(request, response, { target: path + query, body })
    return 'done'
  }
}
