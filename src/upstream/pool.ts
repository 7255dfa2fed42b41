import { type Agent, buildConnector, type Dispatcher, Pool } from 'undici'
import type { Cohorts } from '../cohorts.ts'
import { RevocableClient } from './revocable-client.ts'
import { type Run, type RunRequest, type RunSink, startRun } from './run.ts'
import { UnpausedAgent } from './unpaused-agent.ts'

/** How long a connection may take to be accepted, in ms. An answer may take as long as it wants. */
const CONNECT_LIMIT_MS = 3_000

/**
 * How long an idle connection is kept, in ms. Ollama never closes one; a proxy between may after 5 s
 * (Node's default), and a POST on a connection that is being closed fails without being repeated.
 */
const IDLE_LIMIT_MS = 4_000

/** A short answer, read whole. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** What is asked beside the runs. */
export interface AskOptions {
  readonly method?: Dispatcher.HttpMethod
  readonly headers?: Record<string, string>
  readonly body?: string
  /** Limit for the whole answer, in ms, waiting for a connection included. */
  readonly timeoutMs?: number
}

/** Our side of the connections to the origin. */
export interface Upstream {
  readonly url: URL
  /** For the routes that are handed through. */
  readonly relayAgent: Agent
  /** Sends a run. Connections are not limited: the only queue is Reprise's own. */
  run(request: RunRequest, sink: RunSink): Run
  /** Asks on the separate client of two connections; rejects with undici's errors. */
  ask(path: string, options?: AskOptions): Promise<Reply>
  close(): Promise<void>
}

/** Opens no connection before the first request. What answers bring is dealt with in `cohorts`. */
export function createUpstream(url: URL, cohorts: Cohorts): Upstream {
  const runAgent = createAgent(null)
  const relayAgent = createAgent(null)
  const askAgent = createAgent(2)
  const way = { dispatcher: runAgent, origin: url.origin, cohorts }
  return {
    url,
    relayAgent,
    run: (request, sink) => startRun(way, request, sink),
    ask: (path, options = {}) => ask(askAgent, new URL(path, url), options),
    async close() {
      await Promise.all([runAgent, relayAgent, askAgent].map((agent) => agent.destroy()))
    },
  }
}

/**
 * A plain Agent: no proxy of the environment, no redirects, no limits on silence (a cold model says
 * nothing for minutes; undici's own limits are 300 s).
 */
function createAgent(connections: number | null): Agent {
  // Ollama listens on 127.0.0.1 only, where `localhost` may mean ::1 first: both are tried.
  const connector = buildConnector({ timeout: CONNECT_LIMIT_MS, autoSelectFamily: true })
  return new UnpausedAgent({
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: IDLE_LIMIT_MS,
    factory: (origin, options) =>
      new Pool(origin, {
        ...options,
        factory: (url, clientOptions) => new RevocableClient(url, clientOptions, connector),
      }),
  })
}

async function ask(agent: Agent, url: URL, options: AskOptions): Promise<Reply> {
  const { timeoutMs, ...rest } = options
  if (timeoutMs === undefined) return read(agent, url, rest)
  const limit = AbortSignal.timeout(timeoutMs)
  // undici listens to the signal only once a connection stands.
  return Promise.race([read(agent, url, rest, limit), rejectAt(limit)])
}

function rejectAt(limit: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    limit.addEventListener('abort', () => reject(limit.reason), { once: true })
  })
}

async function read(
  agent: Agent,
  url: URL,
  options: Omit<AskOptions, 'timeoutMs'>,
  limit?: AbortSignal,
): Promise<Reply> {
  const response = await agent.request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: options.method ?? 'GET',
    headers: options.headers ?? {},
    body: options.body ?? null,
    ...(limit && { signal: limit }),
  })
  const body = Buffer.from(await response.body.arrayBuffer())
  return { status: response.statusCode, headers: response.headers, body }
}
