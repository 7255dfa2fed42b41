import { validateHeaderValue } from 'node:http'
import { toAgeSeconds } from '../http/freshness.ts'
import { HEADER } from '../http/headers.ts'
import { toLines } from './answer-headers.ts'
import { KEEP_ALIVE_MS } from './direct.ts'
import type { Inquiry } from './exchange.ts'
import type { PreparedBody, SourceHead } from './frame-source.ts'

/** What a head is made of besides what happened. */
export interface HeadParts {
  readonly head: SourceHead
  readonly framing: PreparedBody['framing']
  /** Bytes of the body. */
  readonly bodyBytes: number
  /** In ms since the epoch. */
  readonly now: number
}

/** Lines that are the same for every answer; Node itself would write them too. */
const CONNECTION_LINES = `Connection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_MS / 1000}\r\n\r\n`

/**
 * The head of a hit, in two parts: the line that every answer has of its own stands between them. Of what the parts say,
 * `Age`, `Date` and the time to live follow the clock: later ones are written over them where they stand.
 */
export class HitHead {
  readonly first: string
  readonly last: string
  readonly #tier: string
  readonly #applied: readonly string[]
  readonly #ttl: Digits
  readonly #age: Digits
  /** Counted from the end of the head. */
  readonly #dateBefore: number
  #second: number

  /** Of an inquiry that is a hit. */
  constructor(inquiry: Inquiry, { head, framing, bodyBytes, now }: HeadParts) {
    const length =
      framing === 'chunked'
        ? ['Transfer-Encoding', 'chunked']
        : ['Content-Length', String(bodyBytes)]
    this.first = `HTTP/1.1 ${head.status} OK\r\n${spell(toLines(inquiry, head, now))}`
    this.#second = Math.floor(now / 1000)
    const before = `${spell(length)}Date: `
    this.last = `${before}${toDate(this.#second)}\r\n${CONNECTION_LINES}`
    this.#dateBefore = this.last.length - before.length
    this.#tier = toTier(inquiry)
    this.#applied = inquiry.question?.applied ?? NONE
    this.#ttl = new Digits(this.#findBehind(HEADER.cacheStatus, 'ttl='), toTtl(inquiry))
    this.#age = new Digits(this.#findBehind(HEADER.age, ''), toAge(inquiry, now))
  }

  /** Makes the head that ends in `bytes` at `end`, and begins with them, that of a later answer; false where it has to be made anew. */
  overwrite(
    { bytes, end }: { bytes: Buffer; end: number },
    inquiry: Inquiry,
    now: number,
  ): boolean {
    const isSameKind =
      this.#tier === toTier(inquiry) && isSame(this.#applied, inquiry.question?.applied ?? NONE)
    if (!isSameKind || !this.#ttl.overwrite(bytes, toTtl(inquiry))) return false
    if (!this.#age.overwrite(bytes, toAge(inquiry, now))) return false
    const second = Math.floor(now / 1000)
    if (second !== this.#second) bytes.write(toDate(second), end - this.#dateBefore, 'latin1')
    this.#second = second
    return true
  }

  /** Where a line's value begins, or what stands behind a mark in it; a line break can be in no value. */
  #findBehind(name: string, mark: string): number {
    const line = `\r\n${name}: `
    const value = this.first.indexOf(line) + line.length
    return this.first.indexOf(mark, value) + mark.length
  }
}

/** A whole number as it stands in a head. */
class Digits {
  readonly #at: number
  readonly #width: number
  #value: number

  constructor(at: number, value: number) {
    this.#at = at
    this.#width = String(value).length
    this.#value = value
  }

  /** Writes another number over it; false, and nothing is written, where that one has more digits or fewer. */
  overwrite(bytes: Buffer, value: number): boolean {
    if (value === this.#value) return true
    if (value < 0 || this.#value < 0 || String(value).length !== this.#width) return false
    let rest = value
    for (let at = this.#at + this.#width - 1; at >= this.#at; at--) {
      const tens = Math.floor(rest / 10)
      bytes[at] = ZERO + rest - 10 * tens
      rest = tens
    }
    this.#value = value
    return true
  }
}

const ZERO = 48
const NONE: readonly string[] = []

function toTier({ outcome }: Inquiry): string {
  return outcome.kind === 'hit' ? outcome.tier : ''
}

function toTtl({ outcome }: Inquiry): number {
  return outcome.kind === 'hit' ? outcome.ttlSeconds : 0
}

function toAge({ found }: Inquiry, now: number): number {
  return found === undefined ? 0 : toAgeSeconds(found.entry.storedAt, now)
}

/** Each spelling of a question has a list of its own, and nearly all say the same. */
function isSame(some: readonly string[], others: readonly string[]): boolean {
  if (some === others) return true
  return some.length === others.length && some.every((each, i) => each === others[i])
}

// Thousands of answers leave within one second.
let lastDate = { second: Number.NaN, text: '' }

function toDate(second: number): string {
  if (lastDate.second !== second) {
    lastDate = { second, text: new Date(second * 1000).toUTCString() }
  }
  return lastDate.text
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
