/**
 * Whether SQLite's code says that a file is damaged or no database. Extended codes name what is:
 * SQLITE_CORRUPT_INDEX is SQLITE_CORRUPT.
 */
export function isDamage(reason: string): boolean {
  return reason.startsWith('SQLITE_CORRUPT') || reason.startsWith('SQLITE_NOTADB')
}

/** SQLite's own code, as SQLITE_FULL; or what the error says. */
export function toReason(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : String(error)
}

/** What a person can do something about, by the beginning of SQLite's code. */
const MEANINGS: readonly (readonly [string, string])[] = [
  ['SQLITE_BUSY', 'another program is reading the database: try again when it is done'],
  ['SQLITE_FULL', 'the disk is full'],
  ['SQLITE_READONLY', 'the database can only be read'],
  ['SQLITE_IOERR', 'the disk does not work as it should'],
]

/** The reason as the owner is told it: in words where there are any, and always with the code. */
export function describeReason(reason: string): string {
  const meaning = MEANINGS.find(([code]) => reason.startsWith(code))?.[1]
  return meaning === undefined ? reason : `${meaning}; ${reason}`
}
