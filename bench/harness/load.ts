import autocannon, { type Request } from 'autocannon'
import type { Server } from './servers.ts'

/** A request, without the place it goes to. */
export interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
}

/** What is asked: the same things in turn, or something new each time. */
export type Asking =
  | { readonly kind: 'in-turn'; readonly questions: readonly Question[] }
  | { readonly kind: 'always-new'; readonly ask: () => Question }

/** What one server did in one round. */
export interface Measured {
  readonly requestsPerSecond: number
  /** Processor time of the server for one request, in µs: does not depend on who else uses the machine. */
  readonly cpuMicroseconds: number | undefined
  /** In whole ms, as the load generator counts. */
  readonly p99Ms: number
  readonly requests: number
}

/** Connections of the load; each has one request under way. */
export const CONNECTIONS = 32

const TIMEOUT_SECONDS = 10

/** Asks one server for so many seconds. Throws when an answer is not a 2xx. */
export async function runLoad(
  server: Server,
  asking: Asking,
  durationSeconds: number,
): Promise<Measured> {
  const before = server.cpuSeconds()
  const result = await autocannon({
    url: server.url,
    connections: CONNECTIONS,
    duration: durationSeconds,
    timeout: TIMEOUT_SECONDS,
    requests: toRequests(asking),
  })
  const after = server.cpuSeconds()
  const requests = result['2xx']
  if (result.errors + result.timeouts + result.non2xx > 0 || requests === 0) {
    throw new Error(`${server.url}: ${result.errors} errors, ${result.non2xx} answers not 2xx`)
  }
  return {
    requestsPerSecond: requests / result.duration,
    cpuMicroseconds:
      before === undefined || after === undefined ? undefined : ((after - before) * 1e6) / requests,
    p99Ms: result.latency.p99,
    requests,
  }
}

/** Asks each known question once, one after the other, so that what follows asks for nothing new. */
export async function prime(server: Server, asking: Asking): Promise<void> {
  if (asking.kind === 'always-new') return
  for (const { method, path, body } of asking.questions) {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      ...(body !== undefined && { body }),
    })
    await answer.arrayBuffer()
  }
}

function toRequests(asking: Asking): Request[] {
  if (asking.kind === 'in-turn') return asking.questions.map(toRequest)
  const { ask } = asking
  // What the load generator has put in, Host above all, stays.
  return [{ ...toRequest(ask()), setupRequest: (request) => ({ ...request, ...toRequest(ask()) }) }]
}

function toRequest({ method, path, body }: Question): Request {
  if (body === undefined) return { method, path }
  return { method, path, body, headers: { 'content-type': 'application/json' } }
}
