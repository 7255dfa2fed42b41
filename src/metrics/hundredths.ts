/**
 * Milliseconds with two places, made of whole numbers: a fraction takes V8 five times as long to write down. Always
 * two, so that the next time most often fits into the place of this one.
 */
export function toHundredths(ms: number): string {
  const hundredths = Math.round(ms * 100)
  const rest = hundredths % 100
  return `${(hundredths - rest) / 100}.${TENS[rest] ?? ''}`
}

/** `00` to `99`. */
const TENS = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))

/** Times below this many hundredths of a millisecond take four digits with their point. */
const FITTING = 1000

/** Whether `toHundredths` takes four digits, point included: then another such time can be written over it. */
export function isShort(ms: number): boolean {
  return Math.round(ms * 100) < FITTING
}

const ZERO = 48

/** Writes a short time over another one; false, and nothing is written, where this one is not short. */
export function overwriteHundredths(bytes: Buffer, at: number, ms: number): boolean {
  const hundredths = Math.round(ms * 100)
  if (hundredths >= FITTING) return false
  const tenths = Math.floor(hundredths / 10)
  const whole = Math.floor(tenths / 10)
  bytes[at] = ZERO + whole
  bytes[at + 2] = ZERO + tenths - 10 * whole
  bytes[at + 3] = ZERO + hundredths - 10 * tenths
  return true
}
