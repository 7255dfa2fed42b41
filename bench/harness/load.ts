import type { Server } from './servers.ts'

/** A request, without the place it goes to. */
export interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
}

/** What is asked: the same things in turn, or something new each time, with a number in place of {@link NEW}. */
export type Asking =
  | { readonly kind: 'in-turn'; readonly questions: readonly Question[] }
  | { readonly kind: 'always-new'; readonly question: Question }

/** Where the number stands that makes a question new; it is as long as the number, so that lengths stay. */
export const NEW = '@@@@@@@@@@@@'

let begun = 0

/** A million million questions are enough for everybody: each part of a run has its own ten million. */
export function nextNumbers(): number {
  begun += 1
  return begun * 10_000_000
}

/** The question with a number in it. */
export function toNumbered(question: Question, number: number): Question {
  const digits = String(number).padStart(NEW.length, '0')
  return { ...question, body: (question.body ?? '').replace(NEW, digits) }
}

/** Connections of the load unless a scenario says otherwise; each has one request under way. */
export const CONNECTIONS = 32

/** One server under load. */
export interface Load {
  readonly server: Server
  readonly asking: Asking
  readonly connections: number
  readonly seconds: number
}

/** What a load generator saw. */
export interface Seen {
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** A load generator: every connection sends its next request when it has the answer to the last. */
export interface Driver {
  readonly name: 'wrk' | 'autocannon'
  /** Throws where an answer is not a 2xx. */
  drive(load: Load): Promise<Seen>
}

/** What one server did in one round. */
export interface Measured {
  readonly requests: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time of the server for one request, in µs: does not depend on who else uses the machine. */
  readonly cpuMicroseconds: number | undefined
  /** Share of a core that the server used: under 0.9 somebody else was busy first. */
  readonly busy: number | undefined
}

/** Asks one server for so many seconds, and reads what it cost. */
export async function runLoad(driver: Driver, load: Load): Promise<Measured> {
  const before = load.server.cpuSeconds()
  const { requests, seconds, p50Ms, p99Ms } = await driver.drive(load)
  const after = load.server.cpuSeconds()
  const cpuSeconds = before === undefined || after === undefined ? undefined : after - before
  return {
    requests,
    requestsPerSecond: requests / seconds,
    p50Ms,
    p99Ms,
    cpuMicroseconds: cpuSeconds === undefined ? undefined : (cpuSeconds * 1e6) / requests,
    busy: cpuSeconds === undefined ? undefined : cpuSeconds / seconds,
  }
}

/** Asks each known question once, one after the other, so that what follows asks for nothing new. */
export async function prime(server: Server, asking: Asking): Promise<void> {
  if (asking.kind === 'always-new') return
  for (const { method, path, body } of asking.questions) {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
    })
    await answer.arrayBuffer()
  }
}
