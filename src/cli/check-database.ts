import { type Finding, fault, fine, warn } from './finding.ts'
import type { DatabaseFacts } from './probes.ts'
import { toSize } from './stats-view.ts'

/** A file of which more than this share is free gives pages back in the background. */
const FREE_SHARE = 0.5

/** Whether a database is whole, within its budget, and holds what was put into it. */
export function checkDatabase(facts: DatabaseFacts, maxBytes: number): Finding[] {
  return [checkIntegrity(facts), checkSample(facts), checkSize(facts, maxBytes)]
}

function checkIntegrity({ integrity, schemaVersion, entries }: DatabaseFacts): Finding {
  if (integrity === 'ok') {
    return fine('database', `schema ${schemaVersion}, ${entries} entries, whole`)
  }
  const advice = 'restart reprise: it moves a damaged file aside and begins a new one'
  return fault('database', `SQLite finds it damaged: ${integrity}`, advice)
}

function checkSample({ sample }: DatabaseFacts): Finding {
  const { rows, damaged } = sample
  if (damaged === 0) return fine('entries', `${rows} drawn at random match their checksums`)
  const says = `${damaged} of ${rows} drawn at random do not match their checksums`
  return fault('entries', says, 'they are never given; look after the disk')
}

function checkSize(facts: DatabaseFacts, maxBytes: number): Finding {
  const { databaseBytes, logBytes, sharedMemoryBytes, pages, freePages } = facts
  const bytes = databaseBytes + logBytes + sharedMemoryBytes
  const share = pages === 0 ? 0 : freePages / pages
  const free = `${Math.round(share * 100)} % of its pages free`
  const says = `${toSize(bytes)} of ${toSize(maxBytes)}, ${free}`
  if (bytes > maxBytes * 1.05) {
    return warn('size', says, 'a running server makes room; or raise cache.maxBytes')
  }
  if (share <= FREE_SHARE) return fine('size', says)
  return warn('size', says, 'a running server gives free pages back by and by')
}
