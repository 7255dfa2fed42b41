import type { Kept } from './kept-table.ts'

/**
 * What is known of an origin, and what is known of another one besides: for an offline Reprise, whose
 * entries may come from several bundles. Undefined where the two are of different versions: the version is
 * a part of every key, so the entries of one of them could not be met any more.
 */
export function adoptKept(own: Kept | undefined, other: Kept): Kept | undefined {
  if (own === undefined) return other
  const { table } = own
  if (table.version !== other.table.version) return undefined
  // A name that both have means what it meant here.
  const names = new Set(table.models.map(({ name }) => name))
  const more = other.table.models.filter(({ name }) => !names.has(name))
  return {
    table: { ...table, models: [...table.models, ...more] },
    dates: { ...other.dates, ...own.dates },
  }
}
