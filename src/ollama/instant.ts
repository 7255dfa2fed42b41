const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
/** What stands behind an instant in UTC. */
export const ZULU = 0x5a

/** Bytes of `2026-01-02T03:04:05`: what stands before the fraction. */
export const SECONDS_LENGTH = 19
const MOST_DIGITS = 9
/** Seconds since the epoch that fit into 32 bits: until 2106. */
const END_OF_SECONDS = 2 ** 32

/** Reads instants as Go prints them, into two whole numbers. It is its own result, so that nothing is made for a frame. */
export interface InstantReader {
  /** Whether the bytes are an instant in UTC from which {@link createInstantWriter} makes the same bytes again. */
  read(bytes: Buffer, start: number, end: number): boolean
  /** Seconds since the epoch, of the last one read. */
  readonly seconds: number
  /** Nanoseconds of that second. */
  readonly nanos: number
}

/** A reader of its own. */
export function createInstantReader(): InstantReader {
  return new Scanner()
}

class Scanner implements InstantReader {
  seconds = 0
  nanos = 0
  /** Frames of one second begin alike. */
  readonly #text = Buffer.alloc(SECONDS_LENGTH)

  read(bytes: Buffer, start: number, end: number): boolean {
    const fraction = start + SECONDS_LENGTH
    if (fraction >= end || bytes[end - 1] !== ZULU) return false
    return this.#readSeconds(bytes, start) && this.#readFraction(bytes, fraction, end - 1)
  }

  #readSeconds(bytes: Buffer, start: number): boolean {
    let i = SECONDS_LENGTH - 1
    while (i >= 0 && this.#text[i] === bytes[start + i]) i -= 1
    if (i < 0) return true
    const text = bytes.toString('latin1', start, start + SECONDS_LENGTH)
    const seconds = Date.parse(`${text}Z`) / 1000
    if (!(seconds >= 0 && seconds < END_OF_SECONDS) || spellSeconds(seconds) !== text) return false
    this.#text.write(text, 'latin1')
    this.seconds = seconds
    return true
  }

  #readFraction(bytes: Buffer, start: number, end: number): boolean {
    if (endOfFraction(bytes, start) !== end) return false
    this.nanos = readNanos(bytes, start, end)
    return true
  }
}

/** Where the fraction that begins at `start` ends, as Go prints it: no zeros at its end, and no dot where nothing stands behind it. -1 where Go would print it otherwise. */
export function endOfFraction(bytes: Buffer, start: number): number {
  if (bytes[start] !== DOT) return start
  let end = start + 1
  while (isDigit(bytes[end])) end += 1
  const digits = end - start - 1
  return digits < 1 || digits > MOST_DIGITS || bytes[end - 1] === ZERO ? -1 : end
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}

/** The nanoseconds of a fraction, its dot included. */
export function readNanos(bytes: Buffer, start: number, end: number): number {
  let nanos = 0
  for (let at = start + 1; at < end; at++) nanos = nanos * 10 + (bytes[at] as number) - ZERO
  for (let place = Math.max(end - start - 1, 0); place < MOST_DIGITS; place++) nanos *= 10
  return nanos
}

/** Writes instants as Go prints them. */
export interface InstantWriter {
  /** Writes one at `at`; the offset behind it. */
  write(target: Buffer, at: number, seconds: number, nanos: number): number
}

/** A writer of its own. */
export function createInstantWriter(): InstantWriter {
  const text = Buffer.alloc(SECONDS_LENGTH)
  let spelled = Number.NaN
  return {
    write(target, at, seconds, nanos) {
      if (seconds !== spelled) text.write(spellSeconds(seconds), 'latin1')
      spelled = seconds
      for (let i = 0; i < SECONDS_LENGTH; i++) target[at + i] = text[i] as number
      const end = writeFraction(target, at + SECONDS_LENGTH, nanos)
      target[end] = ZULU
      return end + 1
    },
  }
}

function writeFraction(target: Buffer, at: number, nanos: number): number {
  if (nanos === 0) return at
  let digits = MOST_DIGITS
  let rest = nanos
  while (rest % 10 === 0) {
    rest /= 10
    digits -= 1
  }
  target[at] = DOT
  for (let place = at + digits; place > at; place--) {
    target[place] = ZERO + (rest % 10)
    rest = Math.floor(rest / 10)
  }
  return at + 1 + digits
}

function spellSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, SECONDS_LENGTH)
}
