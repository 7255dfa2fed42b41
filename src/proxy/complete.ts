import { validateHeaderValue } from 'node:http'
import type { Clock } from '../clock.ts'
import { toAgeSeconds } from '../http/freshness.ts'
import type { Stages } from '../metrics/stages.ts'
import { toLines } from './answer-headers.ts'
import { KEEP_ALIVE_MS } from './direct.ts'
import type { Inquiry } from './exchange.ts'
import type { PreparedBody, SourceHead } from './frame-source.ts'
import { readStages } from './stages.ts'
import { createTimingLine, type TimingLine } from './timing-line.ts'

/** Puts the head before the bodies of answers of one shape, for connections that are kept. */
export interface Completion {
  /** All bytes of an answer sent at `now`, in ms since the epoch. They are written over by the next call, unless they are given up before. */
  toBytes(inquiry: Inquiry, body: Buffer, now: number, clock: StageClock): Buffer
  /** What was given last belongs to somebody else from now on: a socket that has not got rid of it. */
  giveUp(): void
}

/** What the times of stages are read from, in ms. */
export type StageClock = Pick<Clock, 'monotonic'>

/** What a head was made of; where all of it is as before, so is the head. */
interface Made {
  readonly ttlSeconds: number
  readonly tier: string
  readonly applied: readonly string[]
  readonly second: number
  readonly ageSeconds: number
  readonly sizeBytes: number
}

/** An answer as it was put together. */
interface Joined {
  body: Buffer
  readonly bytes: Buffer
  /** Undefined where times are not told. */
  readonly timing: TimingLine | undefined
}

/** Lines that are the same for every answer; Node itself would write them too. */
const CONNECTION_LINES = `Connection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_MS / 1000}\r\n\r\n`

/**
 * Completes the answers of one shape. `Age`, `Date` and the time to live change once a second, the body with
 * each millisecond: what is as it was is not made again. The line that every answer has of its own is written
 * over that of the answer before.
 */
export function createCompletion(head: SourceHead, framing: PreparedBody['framing']): Completion {
  return new KeptAnswer(head, framing)
}

class KeptAnswer implements Completion {
  readonly #head: SourceHead
  readonly #framing: PreparedBody['framing']
  #made: Made | undefined
  #text: Text = { first: '', last: '' }
  #joined: Joined | undefined

  constructor(head: SourceHead, framing: PreparedBody['framing']) {
    this.#head = head
    this.#framing = framing
  }

  toBytes(inquiry: Inquiry, body: Buffer, now: number, clock: StageClock): Buffer {
    if (this.#made === undefined || !isStill(this.#made, inquiry, body, now)) {
      const rest = { framing: this.#framing, sizeBytes: body.length, now }
      this.#text = toText(inquiry, this.#head, rest)
      this.#made = toMade(inquiry, body, now)
      this.#joined = undefined
    }
    const stages =
      inquiry.serverTiming === 'on' ? readStages(inquiry, clock.monotonic()) : undefined
    const joined = this.#joined
    if (joined !== undefined && this.#overwrite(joined, stages)) return replaceBody(joined, body)
    return this.#join(stages && createTimingLine(stages), body)
  }

  giveUp(): void {
    this.#joined = undefined
  }

  #overwrite({ timing, bytes }: Joined, stages: Stages | undefined): boolean {
    if (timing === undefined || stages === undefined) return timing === stages
    return timing.overwrite(bytes, this.#text.first.length, stages)
  }

  #join(timing: TimingLine | undefined, body: Buffer): Buffer {
    const text = this.#text.first + (timing?.text ?? '') + this.#text.last
    // Written to again and again: no memory that others have a part of.
    const bytes = Buffer.allocUnsafeSlow(text.length + body.length)
    bytes.write(text, 'latin1')
    body.copy(bytes, text.length)
    this.#joined = { body, bytes, timing }
    return bytes
  }
}

/** It is as long as the one before: of another length, all would have been made anew. */
function replaceBody(joined: Joined, body: Buffer): Buffer {
  const { bytes } = joined
  if (joined.body !== body) body.copy(bytes, bytes.length - body.length)
  joined.body = body
  return bytes
}

function toMade(inquiry: Inquiry, body: Buffer, now: number): Made {
  const { outcome, question } = inquiry
  return {
    ttlSeconds: outcome.kind === 'hit' ? outcome.ttlSeconds : 0,
    tier: outcome.kind === 'hit' ? outcome.tier : '',
    applied: question?.applied ?? NONE,
    second: Math.floor(now / 1000),
    ageSeconds: toAge(inquiry, now),
    sizeBytes: body.length,
  }
}

function isStill(made: Made, inquiry: Inquiry, body: Buffer, now: number): boolean {
  const { outcome, question } = inquiry
  return (
    outcome.kind === 'hit' &&
    made.ttlSeconds === outcome.ttlSeconds &&
    made.tier === outcome.tier &&
    isSame(made.applied, question?.applied ?? NONE) &&
    made.second === Math.floor(now / 1000) &&
    made.ageSeconds === toAge(inquiry, now) &&
    made.sizeBytes === body.length
  )
}

const NONE: readonly string[] = []

/** Each spelling of a question has a list of its own, and nearly all say the same. */
function isSame(some: readonly string[], others: readonly string[]): boolean {
  if (some === others) return true
  return some.length === others.length && some.every((each, i) => each === others[i])
}

function toAge({ found }: Inquiry, now: number): number {
  return found === undefined ? 0 : toAgeSeconds(found.entry.storedAt, now)
}

interface Rest {
  readonly framing: PreparedBody['framing']
  readonly sizeBytes: number
  readonly now: number
}

/** A head in two parts, between which stands what each answer has of its own. */
interface Text {
  readonly first: string
  readonly last: string
}

function toText(inquiry: Inquiry, head: SourceHead, { framing, sizeBytes, now }: Rest): Text {
  const length =
    framing === 'chunked' ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(sizeBytes)]
  const last = spell([...length, 'Date', new Date(now).toUTCString()])
  return {
    first: `HTTP/1.1 ${head.status} OK\r\n${spell(toLines(inquiry, head, now))}`,
    last: last + CONNECTION_LINES,
  }
}

function spell(lines: readonly string[]): string {
  let text = ''
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [name = '', value = ''] = [lines[i], lines[i + 1]]
    // A content type may have come with a bundle, from anywhere: no line break of it becomes ours.
    validateHeaderValue(name, value)
    text += `${name}: ${value}\r\n`
  }
  return text
}
