import type { EventRoute } from '../../src/ollama/event.ts'
import { createEventSplitter } from '../../src/ollama/event-frames.ts'
import { type Exchange, loadClients, loadCorpus, VERSIONS } from '../support/corpus.ts'

/** The routes that stream events. */
export const EVENT_ROUTES: readonly EventRoute[] = [
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/responses',
  '/v1/messages',
]

/** A recorded 200 of a route that can stream events. */
export interface RecordedEvents {
  readonly name: string
  readonly version: string
  readonly route: EventRoute
  readonly exchange: Exchange
  readonly form: 'stream' | 'whole'
}

/** Every recorded 200 of those routes: of both versions, and of the clients. */
export const EVENT_ANSWERS: readonly RecordedEvents[] = [
  ...VERSIONS.flatMap((version) => loadCorpus(version).map((each) => [version, each] as const)),
  ...loadClients().flatMap(({ client, exchanges }) =>
    exchanges.map((each) => [client, each] as const),
  ),
].flatMap(([version, exchange]): RecordedEvents[] => {
  const route = EVENT_ROUTES.find((each) => exchange.request.line.startsWith(`POST ${each} `))
  if (route === undefined || !exchange.response.line.includes(' 200 ')) return []
  const type = exchange.response.headers.find(
    ([name]) => name.toLowerCase() === 'content-type',
  )?.[1]
  const form = type === 'text/event-stream' ? 'stream' : 'whole'
  return [{ name: exchange.name, version, route, exchange, form }]
})

/** Those that were streamed. */
export const EVENT_STREAMS = EVENT_ANSWERS.filter(({ form }) => form === 'stream')

/** The events of a body, found without the code under test. */
export function toEvents(body: Buffer): Buffer[] {
  const events = body.toString('latin1').match(/[\s\S]*?\n\n|[\s\S]+$/g) ?? []
  return events.map((event) => Buffer.from(event, 'latin1'))
}

/** What the splitter makes of pieces, the rest included. */
export function splitEvents(pieces: readonly Buffer[]): Buffer[] {
  const splitter = createEventSplitter()
  const frames = pieces.flatMap((piece) => splitter.push(piece))
  const rest = splitter.rest()
  return rest.length > 0 ? [...frames, rest] : frames
}
