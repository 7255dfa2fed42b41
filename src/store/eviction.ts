import type { Database } from 'better-sqlite3'
import type { EvictionReason } from './events.ts'
import type { Journal } from './journal.ts'
import { type Layout, ROW_BYTES } from './layout.ts'
import type { Pages } from './pages.ts'
import type { Remembered } from './remembered.ts'
import { createSampler, type Sampled, type Shelf } from './sampler.ts'
import { PAGE_BYTES, TABLE } from './schema.ts'
import { createTotals } from './totals.ts'
import { chooseVictims, type Era, toWeight } from './worth.ts'

/** Removes what is worth least, a few rows at a time. */
export interface Eviction {
  /** Whether the budget, or the embeddings' share of it, is used up. */
  isNeeded(): boolean
  /** Removes a few rows while there is too much; gives how many: 0 when enough is gone, or nothing is left. */
  step(): number
  /** Steps until so many bytes more can be written. */
  reserve(bytes: number): void
}

/** What it needs of the rest. */
export interface EvictionOptions {
  readonly database: Database
  readonly pages: Pages
  readonly journal: Journal
  readonly layout: Layout
  readonly remembered: Remembered
  /** So many random bytes. */
  random(count: number): Buffer
  era(): Era
  /** Removes a few rows that have expired; gives how many. */
  dropExpired(): number
  /** Counts rows that were removed. */
  onRemoved(reason: EvictionReason, rows: number): void
}

/** A body rarely fits its pages: what a batch takes at most. */
const PAGES_PER_BYTE = 1.3 / PAGE_BYTES
/** Pages of indexes that a batch of 64 rows may split. */
const SPLIT_PAGES = 16

/** How far over the budget it is, and by whom. */
interface Excess {
  readonly shelf: Shelf
  readonly reason: 'budget' | 'quota'
  readonly bytes: number
}

/** Expired rows first; then embeddings over their share; then whatever is worth least of the rest. */
export function createEviction(options: EvictionOptions): Eviction {
  const { database, pages, journal, layout, remembered } = options
  const readTotals = createTotals(database)
  const sample = createSampler(database, options.random)
  const dropRow = database.prepare(`DELETE FROM ${TABLE.entries} WHERE id = ?`)
  let isEasing = false

  function step(): number {
    const excess = findExcess(isEasing ? layout.easedPages : layout.fullPages)
    isEasing = excess !== undefined
    if (excess === undefined) return 0
    return options.dropExpired() || removeWorst(excess)
  }

  function findExcess(limitPages: number): Excess | undefined {
    const { embedding, ...others } = readTotals()
    const embeddingBytes = embedding ? embedding.bytes + embedding.entries * ROW_BYTES : 0
    const overQuota = embeddingBytes - layout.embeddingBytes
    if (overQuota > 0) return { shelf: 'embeddings', reason: 'quota', bytes: overQuota }
    const bytes = (pages.used() - limitPages) * PAGE_BYTES
    if (bytes <= 0) return undefined
    const hasOthers = Object.values(others).some(({ entries }) => entries > 0)
    return { shelf: hasOthers ? 'others' : 'embeddings', reason: 'budget', bytes }
  }

  function removeWorst({ shelf, reason, bytes }: Excess): number {
    const era = options.era()
    const victims = chooseVictims(sample(shelf), bytes, era)
    journal.commit(() => {
      for (const { id } of victims) dropRow.run(id)
    })
    for (const victim of victims) remember(victim, era)
    if (victims.length > 0) options.onRemoved(reason, victims.length)
    return victims.length
  }

  function remember(victim: Sampled, era: Era): void {
    const shortKey = victim.key.toString('hex', 0, 8)
    remembered.keep(shortKey, { weight: toWeight(victim, era), asOf: era.puts })
  }

  return {
    isNeeded: () => findExcess(layout.fullPages) !== undefined,
    step,
    reserve(bytes) {
      const wanted = Math.ceil(bytes * PAGES_PER_BYTE) + SPLIT_PAGES
      const forced: Excess = { shelf: 'others', reason: 'budget', bytes: wanted * PAGE_BYTES }
      while (layout.maxPages - pages.used() < wanted) {
        const rows =
          step() || removeWorst(forced) || removeWorst({ ...forced, shelf: 'embeddings' })
        if (rows === 0) return
      }
    },
  }
}
