const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** A count, as `12,345`. */
export const toCount = (count) => whole.format(count)

/** An amount of energy or money, as `0.0123`. */
export const toAmount = (amount) => short.format(amount)

/** A share as `66.7 %`; a dash where there is none. */
export const toPercent = (share) => (share === null ? '–' : `${(share * 100).toFixed(1)} %`)

/** A duration from ms, with the unit that fits: `0.21 ms`, `1.94 s`, `12 min`, `3.5 h`. */
export function toDuration(ms) {
  if (ms === 0) return '0 s'
  if (ms < 1_000) return `${short.format(ms)} ms`
  if (ms < 120_000) return `${short.format(ms / 1_000)} s`
  if (ms < 7_200_000) return `${short.format(ms / 60_000)} min`
  return ms < 172_800_000
    ? `${short.format(ms / 3_600_000)} h`
    : `${short.format(ms / 86_400_000)} d`
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** A size, as `1.5 MiB`. */
export function toSize(bytes) {
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${short.format(bytes / 1024 ** step)} ${UNITS[step]}`
}

/** The time of day of an instant, in ms since the epoch or as ISO 8601. */
export const toTime = (at) => new Date(at).toLocaleTimeString('en-GB')

/** An instant for people: the time of day where it is today, else with its date. */
export function toInstant(at) {
  const date = new Date(at)
  const isToday = date.toDateString() === new Date().toDateString()
  return isToday ? toTime(at) : `${date.toLocaleDateString('en-CA')} ${toTime(at)}`
}
