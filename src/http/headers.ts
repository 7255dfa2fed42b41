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

/** End-to-end header lines of a flat list of names and values; those that `Connection` names are left out too. */
export function stripHopByHop(raw: readonly string[]): [string, string][] {
  const named = new Set<string>()
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.toLowerCase() !== 'connection') continue
    for (const name of raw[i + 1]?.split(',') ?? []) named.add(name.trim().toLowerCase())
  }
  const lines: [string, string][] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const lower = name.toLowerCase()
    if (!HOP_BY_HOP.has(lower) && !named.has(lower)) lines.push([name, raw[i + 1] ?? ''])
  }
  return lines
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
