/** What a request's Origin header means. */
export type OriginVerdict = 'none' | 'same-origin' | 'allowed' | 'refused'

/** Which web pages may use the server. */
export interface OriginPolicy {
  judge(origin: string | undefined, host: string | undefined): OriginVerdict
  /** Header lines of an answer to an allowed Origin. */
  corsHeaders(origin: string): [string, string][]
  /** Header lines of the answer to an allowed preflight, `Allow` excepted. */
  preflightHeaders(origin: string): [string, string][]
}

/** Ollama's own list (envconfig.AllowedOrigins): local pages on any port, and desktop shells. */
const DEFAULT_ORIGINS: readonly string[] = [
  ...['localhost', '127.0.0.1', '0.0.0.0'].flatMap((host) => [
    `http://${host}`,
    `https://${host}`,
    `http://${host}:*`,
    `https://${host}:*`,
  ]),
  'app://*',
  'file://*',
  'tauri://*',
  'vscode-webview://*',
  'vscode-file://*',
]

const METHODS = 'GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS'

/** As recorded: Go prints header names in their canonical form (corpus 032). */
const ALLOWED_HEADERS = [
  'Authorization,Content-Type,User-Agent,Accept,X-Requested-With,Openai-Beta',
  'X-Stainless-Arch,X-Stainless-Async,X-Stainless-Custom-Poll-Interval,X-Stainless-Helper-Method',
  'X-Stainless-Lang,X-Stainless-Os,X-Stainless-Package-Version,X-Stainless-Poll-Helper',
  'X-Stainless-Retry-Count,X-Stainless-Runtime,X-Stainless-Runtime-Version,X-Stainless-Timeout',
].join(',')

const MAX_AGE_SECONDS = '43200'

/**
 * Ollama's rules, with its defaults and more entries in the syntax of `OLLAMA_ORIGINS`: an exact
 * origin, one with a `*` in it, or `*` for all. Corpus 032–045.
 */
export function createOriginPolicy(more: readonly string[]): OriginPolicy {
  const entries = [...more, ...DEFAULT_ORIGINS].map((entry) => entry.trim()).filter(Boolean)
  const allowsAll = entries.includes('*')
  // gin-contrib/cors lowers the case of exact entries only; browsers send origins in lower case.
  const exact = new Set(
    entries.filter((entry) => !entry.includes('*')).map((entry) => entry.toLowerCase()),
  )
  const patterns = entries.filter((entry) => entry.includes('*')).map(toParts)
  const isAllowed = (origin: string): boolean =>
    allowsAll || exact.has(origin) || patterns.some((parts) => matches(origin, parts))
  const allowOrigin = (origin: string): [string, string] => [
    'Access-Control-Allow-Origin',
    allowsAll ? '*' : origin,
  ]
  const vary = (names: readonly string[]): [string, string][] =>
    allowsAll ? [] : names.map((name) => ['Vary', name])
  return {
    judge(origin, host) {
      if (origin === undefined || origin === '') return 'none'
      const authority = host ?? ''
      if (origin === `http://${authority}` || origin === `https://${authority}`)
        return 'same-origin'
      return isAllowed(origin) ? 'allowed' : 'refused'
    },
    corsHeaders: (origin) => [allowOrigin(origin), ...vary(['Origin'])],
    preflightHeaders: (origin) => [
      ['Access-Control-Allow-Headers', ALLOWED_HEADERS],
      ['Access-Control-Allow-Methods', METHODS],
      allowOrigin(origin),
      ['Access-Control-Max-Age', MAX_AGE_SECONDS],
      ...vary(['Origin', 'Access-Control-Request-Method', 'Access-Control-Request-Headers']),
    ],
  }
}

/** What stands before and behind the first wildcard (gin-contrib/cors knows one). */
function toParts(pattern: string): readonly [string, string] {
  const star = pattern.indexOf('*')
  return [pattern.slice(0, star), pattern.slice(star + 1)]
}

function matches(origin: string, [before, behind]: readonly [string, string]): boolean {
  const isLongEnough = origin.length >= before.length + behind.length
  return isLongEnough && origin.startsWith(before) && origin.endsWith(behind)
}
