import { toColumns } from '../../src/ollama/columns.ts'
import { type Folded, foldSpans, type NativeRoute, type Tools } from '../../src/ollama/fold.ts'
import { createNdjsonSplitter, toRow } from '../../src/ollama/frames.ts'
import { type Exchange, loadCorpus, VERSIONS } from '../support/corpus.ts'

/** The lines of a body, line ends included, found without the code under test. */
export function toLines(body: Buffer): Buffer[] {
  const lines = body.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? []
  return lines.map((line) => Buffer.from(line, 'latin1'))
}

/** What the splitter makes of bytes that come in one piece, the rest included. */
export function split(body: Buffer): Buffer[] {
  const splitter = createNdjsonSplitter()
  const frames = splitter.push(body)
  const rest = splitter.rest()
  return rest.length > 0 ? [...frames, rest] : frames
}

/** The whole answer that frames stand for. */
export function foldFrames(route: NativeRoute, frames: readonly Buffer[], tools: Tools): Folded {
  return foldSpans(route, toColumns(frames.map(toRow)).spans, tools)
}

/** A recorded answer of generate or chat. */
export interface RecordedAnswer {
  readonly name: string
  readonly version: string
  readonly route: NativeRoute
  readonly exchange: Exchange
  readonly form: 'stream' | 'whole'
}

/** Every recorded 200 of generate and chat, of both versions. */
export const ANSWERS: readonly RecordedAnswer[] = VERSIONS.flatMap((version) =>
  loadCorpus(version).flatMap((exchange): RecordedAnswer[] => {
    const route = /^POST (\/api\/(?:generate|chat)) /.exec(exchange.request.line)?.[1]
    if (route === undefined || !exchange.response.line.includes(' 200 ')) return []
    const type = exchange.response.headers.find(([name]) => name === 'Content-Type')?.[1]
    const form = type === 'application/x-ndjson' ? 'stream' : 'whole'
    return [{ name: exchange.name, version, route: route as NativeRoute, exchange, form }]
  }),
)

export const STREAMS = ANSWERS.filter(({ form }) => form === 'stream')
