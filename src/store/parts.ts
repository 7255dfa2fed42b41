import type { EntryRow, Nearest, Parts } from './query.ts'

/** Names of the fields that differ, or that only one of the two has, in order. */
export function toDiffering(one: Parts, other: Parts): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].filter((name) => one[name] !== other[name]).sort()
}

/** The nearer of two; the newer where both are as near. */
export function chooseNearer(one: Nearest | undefined, other: Nearest | undefined) {
  if (one === undefined || other === undefined) return one ?? other
  const by = one.differing.length - other.differing.length || compareAge(one.row, other.row)
  return by <= 0 ? one : other
}

function compareAge(one: EntryRow, other: EntryRow): number {
  return other.storedAt - one.storedAt
}
