import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SCHEMA_VERSION } from './schema.ts'

/** Files of an older schema are deleted when nobody has written them for so long. */
const KEEP_OLD_MS = 30 * 24 * 3600 * 1000
/** And at once where they take more than this of the budget: the way back is worth less than half a cache. */
const MOST_SHARE = 1 / 2

/** Deletes databases of older schemas that have lain unused for 30 days, with all that belongs to them. */
export function deleteOldSchemas(dataDir: string, now: number): void {
  for (const name of olderFiles(dataDir)) {
    if (!name.endsWith('.db') || now - statSync(join(dataDir, name)).mtimeMs < KEEP_OLD_MS) continue
    deleteWithLogs(join(dataDir, name))
  }
}

/**
 * What is left of a budget beside databases of older schemas, which count in it. They go at once where
 * they would leave less than half.
 */
export function leaveRoomBesideOld(dataDir: string, maxBytes: number): number {
  const bytes = oldSchemaBytes(dataDir)
  if (bytes <= maxBytes * MOST_SHARE) return maxBytes - bytes
  for (const name of olderFiles(dataDir)) rmSync(join(dataDir, name), { force: true })
  return maxBytes
}

/** Bytes that files of older schemas still take. */
function oldSchemaBytes(dataDir: string): number {
  return olderFiles(dataDir).reduce((sum, name) => sum + statSync(join(dataDir, name)).size, 0)
}

function olderFiles(dataDir: string): string[] {
  return readdirSync(dataDir).filter((name) => {
    const version = /^cache\.v(\d+)\.db(-wal|-shm|\.damaged)?$/.exec(name)?.[1]
    return version !== undefined && Number(version) < SCHEMA_VERSION
  })
}

function deleteWithLogs(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
}
