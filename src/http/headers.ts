/** The name of each header that Reprise writes or reads for itself; each stands here and nowhere else. */
export const HEADER = {
  age: 'Age',
  cacheStatus: 'Cache-Status',
  injected: 'X-Reprise-Injected',
  profile: 'X-Reprise-Profile',
  proxyStatus: 'Proxy-Status',
  retryAfter: 'Retry-After',
  serverTiming: 'Server-Timing',
  ttl: 'X-Reprise-TTL',
  via: 'Via',
  xCache: 'X-Cache',
} as const

/** Fields that concern one connection only (RFC 9110 §7.6.1), whether `Connection` names them or not. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Names and values of header lines, as received; repeated ones stand repeatedly. */
export type HeaderPairs = readonly (readonly [string, string])[]

/** Header lines whose names and values stand in turn, as pairs. */
export function toPairs(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i] ?? '', raw[i + 1] ?? ''])
  return pairs
}

/** The other way round: names and values in turn. By hand, because `flat` takes five times as long. */
export function flatten(pairs: HeaderPairs): string[] {
  const flat: string[] = []
  for (const [name, value] of pairs) flat.push(name, value)
  return flat
}

/** The end-to-end header lines: those that `Connection` names are left out too. */
export function stripHopByHop<T extends readonly [string, string]>(pairs: readonly T[]): T[] {
  const named = listNamed(pairs)
  return pairs.filter(([name]) => {
    const lower = name.toLowerCase()
    return !HOP_BY_HOP.has(lower) && named?.has(lower) !== true
  })
}

/** What `Connection` names, in lower case; undefined where there is none. */
function listNamed(pairs: HeaderPairs): Set<string> | undefined {
  let named: Set<string> | undefined
  for (const [name, value] of pairs) {
    if (name.toLowerCase() !== 'connection') continue
    named ??= new Set()
    for (const each of value.split(',')) named.add(each.trim().toLowerCase())
  }
  return named
}

/** `Via` with our member appended (RFC 9110 §7.6.3). The pseudonym names one instance, not the program. */
export function appendVia(existing: string | undefined, pseudonym: string): string {
  const member = `1.1 ${pseudonym}`
  return existing === undefined || existing === '' ? member : `${existing}, ${member}`
}

/** Whether a message has been through the instance of this pseudonym. */
export function hasVia(via: string, pseudonym: string): boolean {
  return via.split(',').some((member) => member.trim().split(/\s+/)[1] === pseudonym)
}
