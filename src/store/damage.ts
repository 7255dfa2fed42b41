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
