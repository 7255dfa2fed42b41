/** Nanoseconds of each unit of Go's durations; both spellings of the micro sign. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
])

/** One past the largest int64: a negative duration may be as long, a positive one not. */
const LIMIT = 1n << 63n

/** A longer text is refused unread: nobody means it, and reading it would cost more than it is worth. */
const MAX_CHARACTERS = 128

const DURATION = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)[^\d.]+)+|0)$/u
const PART = /(\d*)\.?(\d*)([^\d.]+)/gu

/**
 * The nanoseconds of a duration in the grammar of Go's `time.ParseDuration` (`1h30m`, `-1.5s`, `0`);
 * undefined where Go refuses it (`10`, the empty text, `99999999h`: corpus 235, 245, 247).
 */
export function parseDuration(text: string): bigint | undefined {
  const match = text.length > MAX_CHARACTERS ? null : DURATION.exec(text)
  if (match === null) return undefined
  const [, sign, body = ''] = match
  const total = body === '0' ? 0n : addParts(body)
  if (total === undefined) return undefined
  if (sign === '-') return -total
  return total < LIMIT ? total : undefined
}

function addParts(body: string): bigint | undefined {
  let total = 0n
  for (const [, whole = '', fraction = '', unit = ''] of body.matchAll(PART)) {
    const scale = UNITS.get(unit)
    if (scale === undefined) return undefined
    total += BigInt(whole) * scale + takeFraction(fraction, scale)
    if (total > LIMIT) return undefined
  }
  return total
}

/** The fraction of a unit, in the floating point Go does it in, cut off below the nanosecond. */
function takeFraction(digits: string, scale: bigint): bigint {
  return BigInt(Math.trunc(Number(digits) * (Number(scale) / 10 ** digits.length)))
}
