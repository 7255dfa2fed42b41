import type { Clock } from '../clock.ts'
import { isMeant } from '../store/filter.ts'
import type { EntryRow, Filter } from '../store/query.ts'
import type { Entry } from '../store/store.ts'

/** What was purged lately: an answer that was on its way then must not come back as an entry. */
export interface Purges {
  /** What matches is purged now. */
  note(filter: Filter): void
  /** Whether an answer to a request that came at `askedAt` (monotonic, in ms) has been purged since. */
  forbids(entry: Entry, askedAt: number): boolean
}

interface Purge {
  readonly filter: Filter
  readonly at: number
}

/** So many purges are told apart; those before them count as purges of everything. */
const MAX_PURGES = 100

/** Starts with none. */
export function createPurges(clock: Pick<Clock, 'monotonic'>): Purges {
  const purges: Purge[] = []
  let allBefore = Number.NEGATIVE_INFINITY
  return {
    note(filter) {
      purges.push({ filter, at: clock.monotonic() })
      if (purges.length > MAX_PURGES) allBefore = purges.shift()?.at ?? allBefore
    },
    forbids(entry, askedAt) {
      if (askedAt <= allBefore) return true
      const since = purges.filter(({ at }) => askedAt <= at)
      return since.length > 0 && since.some(({ filter }) => isMeant(toRow(entry), filter))
    },
  }
}

/** The entry as it would be listed: nobody was given it yet. */
function toRow({ frames, ...said }: Entry): EntryRow {
  const bytes = frames.reduce((sum, frame) => sum + frame.length, 0)
  return { ...said, ageSeconds: 0, bytes, hits: 0, hitAt: undefined }
}
