import type { Clock } from '../clock.ts'
import { RepriseError } from '../errors.ts'
import { readCacheControl } from '../http/cache-control.ts'
import { toAgeSeconds, toTtlSeconds } from '../http/freshness.ts'
import { toWord } from '../metrics/observation.ts'
import type { KnownModel } from '../models/registry.ts'
import { findEndpoint } from '../ollama/endpoints.ts'
import type { Parts } from '../ollama/parts.ts'
import { BYPASS, type Outcome } from '../outcome.ts'
import type { OwnerQueries } from '../store/query.ts'
import type { Found } from '../store/store.ts'
import type { Batch } from './batch.ts'
import { toEntryParts } from './entry-parts.ts'
import type { Exchange, Step, StepName } from './exchange.ts'
import { type ExplainedText, explainTexts } from './explain-texts.ts'
import { createFingerprintStep, type FingerprintOptions } from './fingerprint.ts'
import { createLookupStep, type LookupOptions } from './lookup.ts'
import { createReceiveStep, type ReceiveOptions } from './receive.ts'

/** What is needed of the rest: what the steps need, but for what they would change. */
export interface ExplainOptions
  extends Omit<ReceiveOptions, 'onTooLarge' | 'capture'>,
    FingerprintOptions,
    Omit<LookupOptions, 'store' | 'refresh'> {
  readonly clock: Clock
  readonly store: Pick<OwnerQueries, 'peek'>
}

/** A request that nobody sent. */
export interface ImaginedRequest {
  /** With its query, where it has one. */
  readonly path: string
  readonly body: Buffer
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
}

/** What would become of a request. Null stands for what it has none of. */
export interface Explained {
  readonly key: string | null
  /** The route that the key is made for. */
  readonly route: string | null
  readonly outcome: string
  readonly reason: string | null
  /** The key of the configuration that governs the reason. */
  readonly setting: string | null
  /** What would be put into it, as `num_thread=6`. */
  readonly injected: readonly string[]
  /** All of the key besides the body. */
  readonly model: (Omit<KnownModel, 'kind'> & { readonly asked: string }) | null
  readonly parts: Parts | null
  /** The texts of an embedding request, each of which has a key of its own; empty for every other. */
  readonly texts: readonly ExplainedText[]
  /** The entry under the key, however old; its instant is ISO 8601. */
  readonly entry: {
    readonly tier: string
    readonly storedAt: string
    readonly ageSeconds: number
    readonly ttlSeconds: number
  } | null
}

/**
 * Says what would become of a request, by sending it through the very steps that a real one goes through
 * up to where it would be forwarded or answered. Nothing is forwarded, counted or changed.
 */
export function createExplain(
  options: ExplainOptions,
): (request: ImaginedRequest) => Promise<Explained> {
  const peek = { get: (key: string) => options.store.peek(key) }
  const steps: Partial<Record<StepName, Step>> = {
    receive: createReceiveStep({ ...options, capture: undefined, onTooLarge() {} }),
    fingerprint: createFingerprintStep(options),
    lookup: createLookupStep({ ...options, store: peek, refresh: () => 'not-started' }),
  }
  return async (request) => {
    const exchange = imagine(request, options)
    try {
      let name: StepName = 'receive'
      for (let step = steps[name]; step !== undefined; step = steps[name])
        name = await step(exchange)
    } catch (thrown) {
      // A refusal is an outcome too; what else goes wrong is a fault.
      if (!(thrown instanceof RepriseError)) throw thrown
      return { ...describe(exchange), outcome: 'error', reason: thrown.message }
    }
    const { batch, identity } = exchange
    if (batch !== undefined) return describeBatch(exchange, batch, options)
    // An expired entry says why there is no hit; the steps keep it only where it may be given.
    const found = identity && (await options.store.peek(identity.key))
    return { ...describe(exchange), entry: describeEntry(found, options) }
  }
}

/** Nothing behind the steps above is reached, so nothing else of a request and its reply is there. */
function imagine(
  { path, body, headers }: ImaginedRequest,
  { clock, maxBodyBytes }: ExplainOptions,
): Exchange {
  const mark = path.indexOf('?')
  const plainPath = mark < 0 ? path : path.slice(0, mark)
  return {
    request: { headers } as unknown as Exchange['request'],
    response: {} as Exchange['response'],
    openReply() {},
    method: 'POST',
    raw: undefined,
    path: plainPath,
    query: mark < 0 ? '' : path.slice(mark),
    endpoint: findEndpoint('POST', plainPath),
    timings: { startedAt: clock.monotonic(), steps: {} },
    serverTiming: 'off',
    directives: readCacheControl(headers['cache-control'], headers.pragma),
    body: toBody(body, maxBodyBytes),
    outcome: { kind: 'bypass', reason: 'route' },
    sent: { status: 0, bytes: 0 },
  }
}

function toBody(bytes: Buffer, maxBytes: number): Exchange['body'] {
  if (bytes.length > maxBytes) return { kind: 'stream', why: 'too-large' }
  return bytes.length === 0 ? { kind: 'none' } : { kind: 'whole', bytes }
}

function describe({ outcome, question, identity }: Exchange): Explained {
  return {
    key: identity?.key ?? null,
    route: question?.route ?? null,
    outcome: toWord(outcome),
    reason: 'reason' in outcome ? outcome.reason : null,
    setting: toSetting(outcome),
    injected: question?.applied ?? [],
    model: identity ? describeModel(identity.model, question?.reading.model ?? '') : null,
    parts: question && identity ? toEntryParts(question.document, identity) : null,
    texts: [],
    entry: null,
  }
}

async function describeBatch(
  exchange: Exchange,
  batch: Batch,
  options: ExplainOptions,
): Promise<Explained> {
  const texts = await explainTexts(exchange, batch, options)
  const [only] = texts.length === 1 ? texts : []
  const isKnown = texts.every(({ outcome }) => outcome === 'hit')
  return {
    ...describe(exchange),
    key: only?.key ?? null,
    route: batch.sentOn,
    outcome: isKnown ? 'hit' : 'miss',
    reason: isKnown ? null : 'absent',
    model: describeModel(batch.model, exchange.question?.reading.model ?? ''),
    texts,
  }
}

function toSetting(outcome: Outcome): string | null {
  return outcome.kind === 'bypass' ? (BYPASS[outcome.reason].setting ?? null) : null
}

function describeModel({ kind: _kind, ...model }: KnownModel, asked: string): Explained['model'] {
  return { asked, ...model }
}

function describeEntry(found: Found | undefined, { clock }: ExplainOptions): Explained['entry'] {
  if (found === undefined) return null
  const now = clock.now()
  const { storedAt, expiresAt } = found.entry
  return {
    tier: found.tier,
    storedAt: new Date(storedAt).toISOString(),
    ageSeconds: toAgeSeconds(storedAt, now),
    ttlSeconds: toTtlSeconds(expiresAt, now),
  }
}
