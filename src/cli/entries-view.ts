import type { EntryPage, ListedEntry } from '../admin/entries.ts'
import { toSize, toSpan } from './stats-view.ts'
import { type Fit, toTable } from './table.ts'

/** Digits of a key that a table shows: enough for `--prefix` in any cache. */
const KEY_DIGITS = 12

/** A page of entries as a table for a person. */
export function renderEntries({ total, offset, entries }: EntryPage, fit: Fit = {}): string {
  if (entries.length === 0) return total === 0 ? 'no entries' : `no entries behind ${offset}`
  const rows = entries.map(toRow)
  const head = ['key', 'model', 'route', 'kind', 'age', 'left', 'hits', 'size', 'saves', 'tokens']
  return [
    toTable([head, ...rows], ['left', 'left', 'left', 'left'], fit),
    '',
    `${offset + 1} to ${offset + entries.length} of ${total}`,
  ].join('\n')
}

function toRow(entry: ListedEntry): string[] {
  const lifetime = (Date.parse(entry.expiresAt) - Date.parse(entry.storedAt)) / 1000
  return [
    entry.key.slice(0, KEY_DIGITS),
    entry.model,
    entry.route,
    entry.kind,
    toSpan(entry.ageSeconds),
    lifetime > entry.ageSeconds ? toSpan(lifetime - entry.ageSeconds) : 'expired',
    String(entry.hits),
    toSize(entry.bytes),
    toSpan(entry.costMs / 1000),
    String(entry.tokens),
  ]
}
