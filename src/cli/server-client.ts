import type { Readable } from 'node:stream'
import type { Command } from 'commander'
import type { Dispatcher } from 'undici'
import { readAdminToken } from '../admin/admin-token.ts'
import type { Config } from '../config/config.ts'
import { loadConfig, processEnvironment } from '../config/load.ts'
import { RepriseError } from '../errors.ts'

/** What a person says of the server, as long options. */
export interface ServerFlags {
  readonly listen?: string
  readonly dataDir?: string
  readonly config?: string
  /** For commands that ask the origin themselves. */
  readonly upstream?: string
}

/** The running server, as commands talk to it. Everything rejects with `server-unreachable` where there is none. */
export interface ServerClient {
  /** As `http://127.0.0.1:11435`. */
  readonly url: string
  /** JSON of a path. */
  get(path: string, query?: Readonly<Record<string, string>>): Promise<unknown>
  /** JSON of a path that is sent JSON, with the token of the data directory. */
  post(path: string, body: unknown): Promise<unknown>
  /** The same with the bytes of a body as they are. */
  postBytes(path: string, body: Buffer): Promise<unknown>
  /** JSON of a path that is sent bytes as they come, with the token. */
  upload(path: string, body: Readable): Promise<unknown>
  /** Server-sent events, until the signal. */
  events(signal: AbortSignal): Promise<Readable>
  /** The bytes of a path as they come, with the token. */
  download(path: string, query: Readonly<Record<string, string>>): Promise<Readable>
}

/** Adds the options by which commands find the server. */
export function addServerOptions(command: Command): Command {
  return command
    .option('--listen <value>', 'Address of the running server.')
    .option('--config <value>', 'The configuration file of the server.')
}

/** The same, for commands that need its token. */
export function addOwnerOptions(command: Command): Command {
  return addServerOptions(command).option(
    '--data-dir <value>',
    'The data directory of the server: its token stands there.',
  )
}

/** The configuration of the server, as far as it can be known from here. Throws `config-invalid`. */
export function loadServerConfig({ listen, dataDir, config, upstream }: ServerFlags): Config {
  const flags = { listen, dataDir, config, upstream, allowRemote: true }
  return loadConfig({ flags, environment: processEnvironment })
}

/** The server at `--listen`, `REPRISE_LISTEN` or where the configuration says. Throws `config-invalid`. */
export function createServerClient(flags: ServerFlags): ServerClient {
  const config = loadServerConfig(flags)
  const url = toUrl(config)
  const ask = (path: string, options: AskOptions) => send(url, path, options)
  const json = async (path: string, options: AskOptions) => readJson(url, await ask(path, options))
  const withToken = () => toHeaders(config.dataDir)
  return {
    url,
    get: (path, query = {}) => json(path, { query }),
    post: (path, body) =>
      json(path, { method: 'POST', headers: withToken(), body: JSON.stringify(body) }),
    postBytes: (path, body) => json(path, { method: 'POST', headers: withToken(), body }),
    upload: (path, body) =>
      json(path, { method: 'POST', headers: withToken(), body, headersTimeout: 0 }),
    async events(signal) {
      const limits = { bodyTimeout: SIGN_OF_LIFE_LIMIT_MS, signal }
      const answer = await ask('/reprise/events', limits)
      if (answer.statusCode !== 200) await readJson(url, answer)
      return answer.body
    },
    async download(path, query) {
      const answer = await ask(path, { query, headers: withToken(), bodyTimeout: 0 })
      if (answer.statusCode !== 200) await readJson(url, answer)
      return answer.body
    },
  }
}

/** Where a server with this configuration is reached from this machine. */
export function toUrl({ listen }: Config): string {
  const isEverywhere = listen.host === '' || listen.host === '0.0.0.0' || listen.host === '::'
  const host = isEverywhere ? '127.0.0.1' : listen.host
  return `http://${host.includes(':') ? `[${host}]` : host}:${listen.port}`
}

type AskOptions = Omit<Dispatcher.RequestOptions, 'origin' | 'path' | 'method'> & {
  method?: 'GET' | 'POST'
}

/** A server that counts answers at once; one that is silent for so long is not there, in ms. */
const SILENCE_MS = 30_000

/** The server gives a sign of life every 20 s: after so long without it is gone, in ms. */
const SIGN_OF_LIFE_LIMIT_MS = 60_000

async function send(url: string, path: string, options: AskOptions) {
  const limits = { headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS }
  const { request } = await import('undici')
  try {
    return await request(url + path, { ...limits, ...options })
  } catch (error) {
    throw toUnreachable(url, error)
  }
}

/** Without a token in reach the server says itself what is missing. */
function toHeaders(dataDir: string): Record<string, string> {
  const token = readAdminToken(dataDir)
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

async function readJson(url: string, answer: Dispatcher.ResponseData): Promise<unknown> {
  const body: unknown = await answer.body.json().catch((error: unknown) => {
    throw toUnreachable(url, error)
  })
  const { statusCode } = answer
  if (statusCode === 200) return body
  // Another server may answer there: Ollama has no such paths.
  if (statusCode === 404 || !isRefusal(body)) throw toUnreachable(url, body)
  throw new RepriseError(statusCode === 401 ? 'unauthorized' : 'bad-request', body.error)
}

function isRefusal(body: unknown): body is { readonly error: string } {
  return typeof (body as { error?: unknown } | null)?.error === 'string'
}

/** That nobody, or somebody else, answers at an address. */
export function toUnreachable(url: string, cause: unknown): RepriseError {
  const message = `no reprise answers at ${url}; start it with "reprise serve", or name its address with --listen or REPRISE_LISTEN`
  return new RepriseError('server-unreachable', message, cause)
}
