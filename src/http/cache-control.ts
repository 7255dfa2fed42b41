/** What a client asks of a cache (RFC 9111 §5.2.1, RFC 5861 §4). Durations in whole seconds. */
export interface RequestDirectives {
  readonly noCache: boolean
  readonly noStore: boolean
  readonly noTransform: boolean
  readonly onlyIfCached: boolean
  /** The answer may not be older. */
  readonly maxAgeSeconds: number | undefined
  /** The answer may be past its lifetime by so much; `Infinity` for any. */
  readonly maxStaleSeconds: number | undefined
  /** The answer must stay fresh for so long. */
  readonly minFreshSeconds: number | undefined
  /** Where the origin fails, the answer may be past its lifetime by so much. */
  readonly staleIfErrorSeconds: number | undefined
}

/** What a client asks that says nothing: the same object for each. */
export const NO_DIRECTIVES: RequestDirectives = {
  noCache: false,
  noStore: false,
  noTransform: false,
  onlyIfCached: false,
  maxAgeSeconds: undefined,
  maxStaleSeconds: undefined,
  minFreshSeconds: undefined,
  staleIfErrorSeconds: undefined,
}

/** Larger values mean no more than this one (RFC 9111 §1.2.2). */
export const MAX_DELTA_SECONDS = 2 ** 31

/**
 * Reads the two fields; several lines of one arrive joined with commas. `Pragma` counts only where there is
 * no `Cache-Control` (RFC 9111 §5.4). Unknown directives are ignored, a value that cannot be read acts as
 * the most restrictive one, and of several equal directives the strictest counts.
 */
export function readCacheControl(
  cacheControl: string | undefined,
  pragma: string | undefined,
): RequestDirectives {
  if (cacheControl === undefined) {
    const isNoCache =
      pragma !== undefined && listMembers(pragma).some(([name]) => name === 'no-cache')
    return isNoCache ? { ...NO_DIRECTIVES, noCache: true } : NO_DIRECTIVES
  }
  const read: { -readonly [K in keyof RequestDirectives]: RequestDirectives[K] } = {
    ...NO_DIRECTIVES,
  }
  for (const [name, value] of listMembers(cacheControl)) {
    switch (name) {
      case 'no-cache':
        read.noCache = true
        break
      case 'no-store':
        read.noStore = true
        break
      case 'no-transform':
        read.noTransform = true
        break
      case 'only-if-cached':
        read.onlyIfCached = true
        break
      case 'max-age':
        read.maxAgeSeconds = least(read.maxAgeSeconds, toSeconds(value, 0))
        break
      case 'max-stale':
        // Without a value any staleness will do; one that cannot be read allows none.
        read.maxStaleSeconds = least(
          read.maxStaleSeconds,
          value === undefined ? Number.POSITIVE_INFINITY : toSeconds(value, 0),
        )
        break
      case 'min-fresh':
        read.minFreshSeconds = most(read.minFreshSeconds, toSeconds(value, MAX_DELTA_SECONDS))
        break
      case 'stale-if-error':
        read.staleIfErrorSeconds = least(read.staleIfErrorSeconds, toSeconds(value, 0))
    }
  }
  return read
}

function least(one: number | undefined, other: number): number {
  return one === undefined ? other : Math.min(one, other)
}

function most(one: number | undefined, other: number): number {
  return one === undefined ? other : Math.max(one, other)
}

/** delta-seconds (RFC 9111 §1.2.2): digits only. */
function toSeconds(value: string | undefined, strictest: number): number {
  if (value === undefined || !/^\d+$/.test(value)) return strictest
  return Math.min(Number(value), MAX_DELTA_SECONDS)
}

/** The members of the field: names in lower case, values without quotes; undefined where there is no value. */
function listMembers(field: string): [string, string | undefined][] {
  return splitMembers(field).flatMap((member): [string, string | undefined][] => {
    const match = /^([!#$%&'*+.^_`|~\w-]+)(.*)$/s.exec(member.trim())
    if (match === null) return []
    const [, name = '', rest = ''] = match
    return [[name.toLowerCase(), rest === '' ? undefined : toValue(rest)]]
  })
}

/** Commas between quotes divide nothing; a quote that is never closed is no quote. */
function splitMembers(field: string): string[] {
  const members = field.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? []
  return members.join(',') === field.replace(/^,+|,+$|,(?=,)/g, '') ? members : field.split(',')
}

/** What stands behind the equals sign; what cannot be read is kept as it is, and is no number. */
function toValue(rest: string): string {
  const quoted = /^="((?:[^"\\]|\\.)*)"$/s.exec(rest)?.[1]
  if (quoted !== undefined) return quoted.replace(/\\(.)/gs, '$1')
  return rest.startsWith('=') ? rest.slice(1) : rest
}
