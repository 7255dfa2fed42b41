import type { Clock } from '../clock.ts'
import type { DateTemplates } from './date-templates.ts'
import type { Resolution } from './resolution.ts'
import { indexNames, type ModelTable, type NameIndex } from './table.ts'

/** A table that was read, ready for look-ups. */
export interface Reading {
  readonly table: ModelTable
  readonly names: NameIndex
}

/** Makes a table ready. */
export function toReading(table: ModelTable): Reading {
  return { table, names: indexNames(table) }
}

/** What a name stands for in a reading. */
export function matchIn(
  { table, names }: Reading,
  dates: Pick<DateTemplates, 'isKnown' | 'isDated' | 'stampFor'>,
  name: string,
  clock: Pick<Clock, 'now'>,
): Resolution {
  const match = names.match(name)
  switch (match.kind) {
    case 'remote':
    case 'ambiguous':
      return match
    case 'absent':
      return { kind: 'unknown' }
    case 'listed': {
      const { digest, name: listed } = match.model
      if (!dates.isKnown(digest)) return { kind: 'unavailable' }
      // The origin's clock now: what it said, and what has gone by since.
      const age = dates.isDated(digest) ? clock.now() - table.readAt : 0
      const dateStamp = dates.stampFor(digest, table.originNow + age)
      return { kind: 'known', name: listed, digest, version: table.version, dateStamp }
    }
  }
}
