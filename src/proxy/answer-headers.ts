import type { Clock } from '../clock.ts'
import { toCacheStatus, toXCache } from '../http/cache-status.ts'
import { toAgeSeconds } from '../http/freshness.ts'
import { HEADER, stripHopByHop } from '../http/headers.ts'
import { appendMember } from '../http/structured-field.ts'
import { toServerTiming } from '../metrics/stages.ts'
import { BYPASS } from '../outcome.ts'
import type { Inquiry } from './exchange.ts'
import type { SourceHead } from './frame-source.ts'
import { readStages } from './stages.ts'

const CACHE_STATUS = HEADER.cacheStatus.toLowerCase()

/** Header lines as `writeHead` takes them: name, value, name, value. */
export type HeaderLines = string[]

/**
 * The header lines of an answer that came from the origin or from an entry: its own, end to end, and
 * those that say what happened. CORS headers of the origin are dropped: the guard has set ours, and a
 * browser refuses two.
 */
export function toAnswerHeaders(
  inquiry: Inquiry,
  head: SourceHead,
  clock: Pick<Clock, 'now' | 'monotonic'>,
): HeaderLines {
  const lines = toLines(inquiry, head, clock.now())
  pushServerTiming(lines, inquiry, clock.monotonic())
  return lines
}

/** Where the time went until this monotonic instant, in ms (Server Timing, W3C); nothing where that is not told. */
export function pushServerTiming(lines: HeaderLines, inquiry: Inquiry, at: number): void {
  if (inquiry.serverTiming === 'off') return
  const stages = readStages(inquiry, at)
  lines.push(HEADER.serverTiming, toServerTiming(stages, inquiry.seat?.queueDepth ?? 0))
}

/** The same without what each answer has of its own, whenever it is sent. */
export function toLines(inquiry: Inquiry, head: SourceHead, now: number): HeaderLines {
  const entry = inquiry.found?.entry
  if (entry !== undefined) return toHitHeaders(inquiry, head, entry.storedAt, now)
  const lines: HeaderLines = []
  let existing: string | undefined
  for (const [name, value] of stripHopByHop(head.headers)) {
    const lower = name.toLowerCase()
    if (lower === CACHE_STATUS) existing = appendMember(existing, value)
    else if (!isDropped(lower, head)) lines.push(name, value)
  }
  pushOutcome(lines, inquiry, existing)
  return lines
}

/** Frames go in chunks of their own, however they came: a length beside them is an error (RFC 9112 §6.2). */
function isDropped(lower: string, { body }: SourceHead): boolean {
  return lower.startsWith('access-control-') || (body === 'frames' && lower === 'content-length')
}

/** Of the stored headers only the content type is given again; all others are made now. */
function toHitHeaders(
  inquiry: Inquiry,
  head: SourceHead,
  storedAt: number,
  now: number,
): HeaderLines {
  const lines: HeaderLines = []
  for (const [name, value] of head.headers) lines.push(name, value)
  pushOutcome(lines, inquiry, undefined)
  lines.push(HEADER.age, String(toAgeSeconds(storedAt, now)))
  return lines
}

function pushOutcome(lines: HeaderLines, inquiry: Inquiry, existing: string | undefined): void {
  const status = toCacheStatus(inquiry.outcome, existing)
  const word = toXCache(inquiry.outcome)
  if (status !== undefined) lines.push(HEADER.cacheStatus, status)
  if (word !== undefined) lines.push(HEADER.xCache, word)
  const applied = inquiry.question?.applied ?? []
  if (applied.length > 0 && isInjected(inquiry)) lines.push(HEADER.injected, applied.join(', '))
}

/** Whether the parameters were put into what is sent: the outcome's rules say so. */
export function isInjected(inquiry: Inquiry): boolean {
  return inquiry.outcome.kind !== 'bypass' || BYPASS[inquiry.outcome.reason].injected
}
