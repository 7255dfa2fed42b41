/**
 * Why a request was not handled by the cache, by choice. Each reason is explained, and tied to the
 * setting that governs it, in {@link BYPASS}.
 */
export type BypassReason =
  /** The request names a temperature above `sampling.maxTemperature` and no seed: it asks for variety. */
  | 'temperature'
  /** Ollama might read the body otherwise than Reprise does: duplicate keys, case-folded keys, trailing bytes. */
  | 'ambiguous-body'
  /** The body is larger than `cache.maxBodyBytes`. */
  | 'body-too-large'
  /** A field has a value that Ollama answers with 400, such as `keep_alive: "10"`. */
  | 'invalid-field'
  /** No prompt, no messages, no input: the request only loads the model. */
  | 'load'
  /** `keep_alive` of zero: the request unloads the model, which a cached answer would not do. */
  | 'unload'
  /** A negative `keep_alive` pins the model, which a cached answer would not do. */
  | 'pin'
  /** `_debug_render_only`: the answer is the prompt, not a generation. */
  | 'debug'
  /** The model runs somewhere else (`:cloud`, `remote_host`): its digest says nothing about it. */
  | 'remote-model'
  /** The request lets the origin search the web. */
  | 'web-search'
  /** The request has a query string. */
  | 'query'
  /** The request has a `Content-Encoding`. */
  | 'encoding'
  /** The digest of the model is not known, so there is no key. */
  | 'digest-unknown'
  /** Two models match the name. */
  | 'ambiguous-name'
  /** The route is not one that is cached. */
  | 'route'
  /** `cache.enabled` is false, or `mode` is `off`. */
  | 'disabled'
  /** The client sent `Cache-Control: no-store`. */
  | 'no-store'
  /** `mode` is `observe`: there was an answer, and it was only compared with the origin's. */
  | 'observed'

/** What the table says of a bypass reason. */
export interface BypassRule {
  /** The configuration key that governs it; undefined where none does. */
  readonly setting?: string
  /** Whether parameters are still put into the request (decisions, Injection). */
  readonly injected: boolean
}

/** Of each bypass reason: the setting that governs it and whether the request is injected. */
export const BYPASS: Readonly<Record<BypassReason, BypassRule>> = {
  temperature: { setting: 'sampling.maxTemperature', injected: true },
  'ambiguous-body': { injected: false },
  'body-too-large': { setting: 'cache.maxBodyBytes', injected: false },
  'invalid-field': { injected: false },
  load: { injected: true },
  unload: { injected: true },
  pin: { injected: true },
  debug: { injected: true },
  'remote-model': { injected: false },
  'web-search': { injected: false },
  query: { injected: true },
  encoding: { injected: false },
  'digest-unknown': { injected: true },
  'ambiguous-name': { injected: true },
  route: { injected: true },
  disabled: { setting: 'cache.enabled', injected: true },
  'no-store': { injected: true },
  observed: { setting: 'mode', injected: true },
}

/** Why a lookup found nothing usable. */
export type MissReason =
  /** No entry under this key. */
  | 'absent'
  /** The entry's lifetime is over. */
  | 'expired'
  /** There is a fresh entry, and the client does not want it (`Cache-Control: no-cache`, `max-age`, `min-fresh`). */
  | 'request'

/** Why a finished answer did not become an entry. */
export type NotStoredReason =
  /** The status was not 200. */
  | 'status'
  /** The origin wrote an `error` line. */
  | 'error-frame'
  /** The last frame is not the terminal one of its dialect, or has another `done_reason`. */
  | 'incomplete'
  /** The transport broke before the end, or had no framing that proves one. */
  | 'cut'
  /** The last client left. */
  | 'abandoned'
  /** The origin answered a stream request with a single object. */
  | 'not-frames'
  /** The answer is larger than what may be recorded. */
  | 'too-large'
  /** The model changed while it answered. */
  | 'digest-changed'
  /** Its lifetime would be zero (`ttl.*`). */
  | 'no-lifetime'
  /** The owner purged what it would have become, while it was made. */
  | 'purged'

/** Why a request was not let through to the origin. Each is answered 503 with `Retry-After`. */
export type RefusalReason =
  /** `queue.maxDepth` requests wait already. */
  | 'queue-full'
  /** It waited longer than `queue.maxWaitMs`. */
  | 'queue-timeout'
  /** Reprise is shutting down, and it had not been sent yet. */
  | 'draining'
  /** Event-loop delay or memory is over its limit (`overload.*`). */
  | 'overloaded'
  /** The origin failed so often that it is left alone for a while. */
  | 'upstream-down'

/** The tier an answer came from. */
export type Tier = 'memory' | 'sqlite'

/** What became of asking the origin before a stale answer was given. */
export type StaleForward =
  /** It was not asked: it is known to be down, or is asked in the background. */
  | { readonly kind: 'none' }
  /** It answered with this status. */
  | { readonly kind: 'status'; readonly status: number }
  /** It did not answer, for this reason. */
  | { readonly kind: 'failed'; readonly reason: string }

/** How a request ended: made once per request, rendered as header, metric label, log field and dashboard row. */
export type Outcome =
  | { readonly kind: 'hit'; readonly tier: Tier; readonly ttlSeconds: number }
  /** An answer past its lifetime, given because the origin has none or while a new one is made. */
  | {
      readonly kind: 'stale'
      readonly tier: Tier
      readonly ttlSeconds: number
      readonly forward: StaleForward
    }
  | { readonly kind: 'miss'; readonly reason: MissReason }
  /** Rode along with the run of an equal request. */
  | { readonly kind: 'collapsed'; readonly reason: MissReason }
  | { readonly kind: 'bypass'; readonly reason: BypassReason }
  /** A method other than the route's cacheable one: nothing a cache could have answered. */
  | { readonly kind: 'method' }
  /** Answered by Reprise itself with an error. */
  | { readonly kind: 'error'; readonly status: number }
