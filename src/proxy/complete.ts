import { validateHeaderValue } from 'node:http'
import type { Clock } from '../clock.ts'
import { pushServerTiming, toLines } from './answer-headers.ts'
import { KEEP_ALIVE_MS } from './direct.ts'
import type { Exchange } from './exchange.ts'
import type { PreparedBody, SourceHead } from './frame-source.ts'

/** Puts the head before a body: all bytes of an answer, for a connection that is kept. They are shared, and must not be written to. */
export type Complete = (exchange: Exchange, body: Buffer, clock: CompleteClock) => Buffer

/** Wall time and monotonic time, in ms. */
export type CompleteClock = Pick<Clock, 'now' | 'monotonic'>

/** What a head was made of; where all of it is as before, so is the head. */
interface Made {
  readonly ttlSeconds: number
  readonly tier: string
  readonly applied: readonly string[] | undefined
  readonly second: number
  readonly ageSeconds: number
  readonly sizeBytes: number
}

/** Lines that are the same for every answer; Node itself would write them too. */
const CONNECTION_LINES = `Connection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_MS / 1000}\r\n\r\n`

/**
 * Completes the answers of one shape. `Age`, `Date` and the time to live change once a second, the body with
 * each millisecond: what is as it was is not made again, and the whole is put together in one copy.
 */
export function createComplete(head: SourceHead, framing: PreparedBody['framing']): Complete {
  let made: Made | undefined
  let text: Text = { first: '', last: '' }
  let joined: { body: Buffer; head: string; bytes: Buffer } | undefined
  return (exchange, body, clock) => {
    const now = clock.now()
    const next = toMade(exchange, body, now)
    if (made === undefined || !isSame(made, next)) {
      text = toText(exchange, head, { framing, sizeBytes: body.length, now })
      made = next
    }
    const whole = text.first + toTimingLine(exchange, clock) + text.last
    if (joined?.body !== body || joined.head !== whole) {
      joined = { body, head: whole, bytes: join(whole, body) }
    }
    return joined.bytes
  }
}

function toMade({ outcome, found, question }: Exchange, body: Buffer, now: number): Made {
  const storedAt = found?.entry.storedAt ?? now
  return {
    ttlSeconds: outcome.kind === 'hit' ? outcome.ttlSeconds : 0,
    tier: outcome.kind === 'hit' ? outcome.tier : '',
    applied: question?.applied,
    second: Math.floor(now / 1000),
    ageSeconds: Math.floor((now - storedAt) / 1000),
    sizeBytes: body.length,
  }
}

function isSame(one: Made, other: Made): boolean {
  return (
    one.ttlSeconds === other.ttlSeconds &&
    one.tier === other.tier &&
    one.applied === other.applied &&
    one.second === other.second &&
    one.ageSeconds === other.ageSeconds &&
    one.sizeBytes === other.sizeBytes
  )
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

function toText(exchange: Exchange, head: SourceHead, { framing, sizeBytes, now }: Rest): Text {
  const length =
    framing === 'chunked' ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(sizeBytes)]
  const last = spell([...length, 'Date', new Date(now).toUTCString()])
  return {
    first: `HTTP/1.1 ${head.status} OK\r\n${spell(toLines(exchange, head, now))}`,
    last: last + CONNECTION_LINES,
  }
}

function toTimingLine(exchange: Exchange, clock: CompleteClock): string {
  if (exchange.serverTiming === 'off') return ''
  const lines: string[] = []
  pushServerTiming(lines, exchange, clock.monotonic())
  return spell(lines)
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

function join(text: string, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(text.length + body.length)
  bytes.write(text, 'latin1')
  body.copy(bytes, text.length)
  return bytes
}
