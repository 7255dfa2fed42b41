/**
 * What a client asks of a cache: the request directives of `Cache-Control` (RFC 9111 §5.2.1, and
 * `stale-if-error` of RFC 5861 §4). Durations are whole seconds; undefined where the client says nothing.
 */
export interface RequestDirectives {
  /** No stored answer without asking the origin; also `Pragma: no-cache` where there is no Cache-Control. */
  readonly noCache: boolean
  /** Nothing of this request or its answer is kept. */
  readonly noStore: boolean
  /** A stored answer or none: the origin is not asked. */
  readonly onlyIfCached: boolean
  /** The bytes of the request are to be taken as they are: no normal form for the key. */
  readonly noTransform: boolean
  /** No answer older than this. */
  readonly maxAgeSeconds: number | undefined
  /** An answer this long past its lifetime will do; infinite where no number is given. */
  readonly maxStaleSeconds: number | undefined
  /** The answer has to stay fresh at least this long. */
  readonly minFreshSeconds: number | undefined
  /** An answer this long past its lifetime will do where the origin fails. */
  readonly staleIfErrorSeconds: number | undefined
}

/** The directives of a request that has none: one object for all of them. */
export const NO_DIRECTIVES: RequestDirectives = Object.freeze({
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  noTransform: false,
  maxAgeSeconds: undefined,
  maxStaleSeconds: undefined,
  minFreshSeconds: undefined,
  staleIfErrorSeconds: undefined,
})

/** The largest delta-seconds: what is larger, or overflows, counts as this (RFC 9111 §1.2.2). */
export const MAX_DELTA_SECONDS: number = 2 ** 31

/**
 * The directives of a request. The values are those of the `Cache-Control` and `Pragma` lines, several
 * lines joined by commas. Never fails: names go without regard to case, a number may stand in quotes,
 * unknown directives are ignored. Where a directive is malformed or stands twice, its strictest reading
 * counts: a client that asks for less use of the cache is never given more of it.
 */
export function readCacheControl(
  cacheControl: string | undefined,
  pragma: string | undefined,
): RequestDirectives {
  if (cacheControl !== undefined) return readDirectives(cacheControl)
  // RFC 9111 §5.4: it counts only where there is no Cache-Control at all.
  if (pragma === undefined || !hasNoCache(pragma)) return NO_DIRECTIVES
  return { ...NO_DIRECTIVES, noCache: true }
}

type Draft = { -readonly [Name in keyof RequestDirectives]: RequestDirectives[Name] }

function readDirectives(value: string): RequestDirectives {
  const draft: Draft = { ...NO_DIRECTIVES }
  for (const directive of listDirectives(value)) apply(draft, directive)
  return draft
}

function hasNoCache(value: string): boolean {
  return [...listDirectives(value)].some(({ name }) => name === 'no-cache')
}

function apply(draft: Draft, directive: Directive): void {
  switch (directive.name) {
    case 'no-cache':
      draft.noCache = true
      return
    case 'no-store':
      draft.noStore = true
      return
    case 'only-if-cached':
      draft.onlyIfCached = true
      return
    case 'no-transform':
      draft.noTransform = true
      return
    case 'max-age':
      draft.maxAgeSeconds = toShorter(draft.maxAgeSeconds, toDelta(directive) ?? 0)
      return
    case 'max-stale':
      draft.maxStaleSeconds = toShorter(draft.maxStaleSeconds, toMaxStale(directive))
      return
    case 'min-fresh':
      draft.minFreshSeconds = Math.max(
        draft.minFreshSeconds ?? 0,
        toDelta(directive) ?? MAX_DELTA_SECONDS,
      )
      return
    case 'stale-if-error':
      draft.staleIfErrorSeconds = toShorter(draft.staleIfErrorSeconds, toDelta(directive) ?? 0)
  }
}

function toShorter(seconds: number | undefined, other: number): number {
  return Math.min(seconds ?? other, other)
}

/** Without a number any stale answer will do (RFC 9111 §5.2.1.2). */
function toMaxStale(directive: Directive): number {
  return directive.argument === 'none' ? Number.POSITIVE_INFINITY : (toDelta(directive) ?? 0)
}

/** The number of seconds; undefined where it is missing or malformed. */
function toDelta({ argument, value }: Directive): number | undefined {
  if (argument !== 'given' || !/^\d+$/.test(value)) return undefined
  return Math.min(Number(value), MAX_DELTA_SECONDS)
}

interface Directive {
  /** Lower-case; empty between two commas. */
  readonly name: string
  /** `malformed` where something else stands behind the name or the value. */
  readonly argument: 'none' | 'given' | 'malformed'
  /** The argument, out of its quotes. */
  readonly value: string
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]"

/** A name, an argument as token or quoted string, and what does not belong there; matches at any place. */
const DIRECTIVE = new RegExp(
  `[ \\t,]*(${TOKEN}*)(?:=(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}+)))?([^,]*)`,
  'g',
)

function* listDirectives(value: string): Generator<Directive> {
  for (const [, name = '', quoted, token, rest = ''] of value.matchAll(DIRECTIVE)) {
    const given = quoted?.replace(/\\(.)/g, '$1') ?? token
    const argument = given === undefined ? 'none' : 'given'
    yield {
      name: name.toLowerCase(),
      argument: rest.trim() === '' ? argument : 'malformed',
      value: given ?? '',
    }
  }
}
