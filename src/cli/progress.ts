import type { Clock } from '../clock.ts'
import { toSpan } from './stats-view.ts'
import type { Terminal } from './terminal.ts'

/** How far long work has come, on standard error where that is a terminal. */
export interface Progress {
  /** So many of all are done. */
  update(done: number, note: string): void
  /** Takes the bar away. */
  end(): void
}

const BAR_WIDTH = 24
/** A person reads no faster. */
const REDRAW_MS = 100
/** Before this share of it nobody knows how long the rest takes. */
const GUESS_FROM = 0.02

/** A bar of `total` steps of any unit; without a total only the note is shown. */
export function createProgress(
  terminal: Pick<Terminal, 'show'>,
  clock: Pick<Clock, 'monotonic'>,
  total: number | undefined,
): Progress {
  const startedAt = clock.monotonic()
  let drawnAt = Number.NEGATIVE_INFINITY
  return {
    update(done, note) {
      const now = clock.monotonic()
      if (now - drawnAt < REDRAW_MS) return
      drawnAt = now
      const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total)
      terminal.show(share === undefined ? note : toLine(share, note, (now - startedAt) / 1000))
    },
    end: () => terminal.show(''),
  }
}

function toLine(share: number, note: string, seconds: number): string {
  const filled = Math.round(share * BAR_WIDTH)
  const bar = `${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}`
  const percent = `${Math.floor(share * 100)} %`.padStart(5)
  const rest = share < GUESS_FROM ? '' : `, ${toSpan((seconds / share) * (1 - share))} left`
  return `[${bar}] ${percent}  ${note}${rest}`
}
