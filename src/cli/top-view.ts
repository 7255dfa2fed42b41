import type { LiveRequest, LiveState } from '../admin/live.ts'
import type { LiveEvent } from './live-feed.ts'
import { inkOf, type Paint } from './paint.ts'
import { toMs, toShare, toSpan } from './stats-view.ts'
import { toTable } from './table.ts'
import { cut } from './text-width.ts'

/** What is known of the server while somebody looks. */
export interface TopModel {
  readonly state: LiveState | undefined
  /** Requests that have ended, the last one first. */
  readonly requests: readonly LiveRequest[]
  /** How many came too fast to be told of. */
  readonly skipped: number
  readonly connection: 'live' | 'lost'
}

/** Before anything is known. */
export const EMPTY_TOP: TopModel = {
  state: undefined,
  requests: [],
  skipped: 0,
  connection: 'live',
}

/** No terminal has more rows. */
const MAX_REQUESTS = 500

/** What is known after an event. */
export function takeEvent(model: TopModel, event: LiveEvent): TopModel {
  switch (event.kind) {
    case 'past':
      return { ...model, requests: event.requests.toReversed(), connection: 'live' }
    case 'request':
      return { ...model, requests: [event.request, ...model.requests].slice(0, MAX_REQUESTS) }
    case 'state':
      return { ...model, state: event.state, skipped: model.skipped + event.state.skipped }
    case 'lost':
      return { ...model, connection: 'lost' }
  }
}

/** Where it is shown. */
export interface TopPlace {
  readonly url: string
  readonly columns: number
  readonly rows: number
  readonly paint: Paint
}

const HEAD = ['time', 'outcome', 'route', 'model', 'status', 'took', 'saved']
const ALIGNMENTS = ['left', 'left', 'left', 'left', 'right', 'right', 'right'] as const

/** The picture: how it is now, and under that as many requests as there is room for. */
export function renderTop(model: TopModel, { url, columns, rows, paint }: TopPlace): string[] {
  const header = toHeader(model, url).map((line, at) =>
    paint(cut(line, columns), at === 0 ? 'title' : 'plain'),
  )
  const free = Math.max(0, rows - header.length - 2)
  const requests = model.requests.slice(0, free)
  const table = toTable([HEAD, ...requests.map(toCells)], ALIGNMENTS, {
    width: columns,
    paint: (text, row, column) =>
      row === 0
        ? paint(text, 'quiet')
        : paint(text, column === 1 ? inkOf(requests[row - 1]?.outcome ?? '') : 'plain'),
  })
  return [...header, '', ...table.split('\n')]
}

function toHeader({ state, skipped, connection }: TopModel, url: string): string[] {
  const hint = `q ends${skipped > 0 ? `; ${skipped} came too fast to be shown` : ''}`
  if (state === undefined) return [`reprise at ${url}`, hint]
  const { stats, origin, minutes } = state
  const { version, upstream, life } = stats
  const ollama = upstream.answering ? `Ollama ${upstream.version ?? '?'}` : 'Ollama does not answer'
  const now = minutes.at(-1)?.requests ?? 0
  const breaker = origin.breaker === 'closed' ? '' : ', Ollama is left alone: it failed too often'
  const lost = connection === 'lost' ? `  connection lost, trying ${url} again` : ''
  return [
    `reprise ${version} at ${url}, in front of ${upstream.url} (${ollama})${lost}`,
    `hit rate ${toShare(stats.hitRate)}   saved ${toSpan(stats.saved.seconds)} (${toSpan(life.saved.seconds)} over restarts)   ${now} requests this minute`,
    `queue ${origin.queueDepth}   running ${origin.running}   flights ${origin.flights}${breaker}   ${hint}`,
  ]
}

/** A request as a line for a program that reads no JSON. */
export function toRequestLine(request: LiveRequest): string {
  const { reason } = request
  const [time, outcome, ...rest] = toCells(request)
  return [time, reason === undefined ? outcome : `${outcome} (${reason})`, ...rest].join('  ')
}

function toCells({ at, outcome, route, model, status, ms, savedMs }: LiveRequest): string[] {
  const saved = savedMs === undefined ? '' : toSpan(savedMs / 1000)
  const time = new Date(at).toTimeString().slice(0, 'hh:mm:ss'.length)
  return [time, outcome, route, model, String(status), toMs(ms), saved]
}
