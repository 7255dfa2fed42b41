/** How the answers of a route are written. */
export type WireFormat = 'text' | 'json' | 'ndjson' | 'sse' | 'empty'

/** What a route is for. */
export type EndpointRole =
  /** Runs a model on a prompt. */
  | 'inference'
  /** Turns texts into vectors. */
  | 'embedding'
  /** Reads what is there. */
  | 'inspect'
  /** Adds, changes or removes models. */
  | 'manage'
  /** The account at ollama.com, and what needs it. */
  | 'account'

/** One row of the table: everything Reprise knows about a method and path of Ollama. */
export interface Endpoint {
  readonly method: string
  /** The path; a last segment `*` stands for exactly one segment of any text. */
  readonly path: string
  readonly role: EndpointRole
  /** The format of an answer that is streamed, or of the only answer there is. */
  readonly format: WireFormat
  /** Whether the answer is streamed when the request does not say. */
  readonly streams: 'by-default' | 'on-request' | 'never'
  /** Whether answers may become entries. */
  readonly cached: 'frames' | 'vectors' | 'no'
  /** Which parameters are put into the request: all, those that concern the loading, or none. */
  readonly injected: 'all' | 'load' | 'none'
  /** Whether clients put queries on the path that Ollama does not look at, as `?beta=true`. */
  readonly query: 'inert' | 'unknown'
  /** Whether a successful call can change what a model name stands for. */
  readonly changesModels: 'yes' | 'no'
}

type Traits = Pick<Endpoint, 'role' | 'format'> & Partial<Omit<Endpoint, 'method' | 'path'>>

const row = (method: string, path: string, traits: Traits): Endpoint => ({
  method,
  path,
  streams: 'never',
  cached: 'no',
  injected: 'none',
  query: 'unknown',
  changesModels: 'no',
  ...traits,
})

const inspect = (method: string, path: string, format: WireFormat = 'json'): Endpoint =>
  row(method, path, { role: 'inspect', format })

const manage = (method: string, path: string, traits: Partial<Traits>): Endpoint =>
  row(method, path, { role: 'manage', format: 'ndjson', changesModels: 'yes', ...traits })

const account = (method: string, path: string): Endpoint =>
  row(method, path, { role: 'account', format: 'json' })

const compatible = (path: string, traits: Partial<Traits> = {}): Endpoint =>
  row('POST', path, { role: 'inference', format: 'sse', streams: 'on-request', ...traits })

const embedding = (path: string, injected: Endpoint['injected'] = 'load'): Endpoint =>
  row('POST', path, { role: 'embedding', format: 'json', cached: 'vectors', injected })

/**
 * Every method and path of Ollama 0.32 (its `server/routes.go`; recorded in corpus 001–055). Other
 * paths are forwarded all the same: the table says what Reprise understands, not what is allowed.
 */
export const ENDPOINTS: readonly Endpoint[] = [
  inspect('HEAD', '/', 'text'),
  inspect('GET', '/', 'text'),
  inspect('HEAD', '/api/version'),
  inspect('GET', '/api/version'),
  inspect('GET', '/api/status'),
  inspect('HEAD', '/api/tags'),
  inspect('GET', '/api/tags'),
  inspect('GET', '/api/ps'),
  inspect('POST', '/api/show'),
  row('POST', '/api/generate', {
    role: 'inference',
    format: 'ndjson',
    streams: 'by-default',
    cached: 'frames',
    injected: 'all',
  }),
  row('POST', '/api/chat', {
    role: 'inference',
    format: 'ndjson',
    streams: 'by-default',
    cached: 'frames',
    injected: 'all',
  }),
  embedding('/api/embed'),
  embedding('/api/embeddings'),
  manage('POST', '/api/pull', { streams: 'by-default' }),
  manage('POST', '/api/push', { streams: 'by-default', changesModels: 'no' }),
  manage('POST', '/api/create', { streams: 'by-default' }),
  manage('POST', '/api/copy', { format: 'empty' }),
  manage('DELETE', '/api/delete', { format: 'empty' }),
  manage('HEAD', '/api/blobs/*', { format: 'empty', changesModels: 'no' }),
  manage('POST', '/api/blobs/*', { format: 'empty', changesModels: 'no' }),
  account('POST', '/api/me'),
  account('POST', '/api/signout'),
  account('DELETE', '/api/user/keys/*'),
  account('POST', '/api/experimental/web_search'),
  account('POST', '/api/experimental/web_fetch'),
  account('GET', '/api/experimental/model-recommendations'),
  compatible('/v1/chat/completions', { cached: 'frames' }),
  compatible('/v1/completions', { cached: 'frames' }),
  compatible('/v1/responses', { cached: 'frames', query: 'inert' }),
  compatible('/v1/messages', { cached: 'frames', query: 'inert' }),
  embedding('/v1/embeddings', 'none'),
  compatible('/v1/audio/transcriptions', { format: 'json', streams: 'never' }),
  inspect('GET', '/v1/models'),
  inspect('GET', '/v1/models/*'),
]

const exact = new Map(
  ENDPOINTS.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]),
)

const byPath = new Map<string, Endpoint[]>()
for (const endpoint of ENDPOINTS) {
  const rows = byPath.get(endpoint.path)
  if (rows) rows.push(endpoint)
  else byPath.set(endpoint.path, [endpoint])
}

/** The row for a method and a path without its query; undefined where Ollama has none. */
export function findEndpoint(method: string, path: string): Endpoint | undefined {
  return exact.get(`${method} ${path}`) ?? exact.get(`${method} ${toPattern(path)}`)
}

/** The methods Ollama takes on a path, in the order of its own `Allow` header; empty for an unknown path. */
export function listMethods(path: string): readonly string[] {
  return (byPath.get(path) ?? byPath.get(toPattern(path)) ?? []).map((endpoint) => endpoint.method)
}

/** The path with its last segment replaced by the wildcard. */
function toPattern(path: string): string {
  return `${path.slice(0, path.lastIndexOf('/') + 1)}*`
}
