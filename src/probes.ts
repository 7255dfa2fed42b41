import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { systemClock } from './clock.ts'
import { createCohorts } from './cohorts.ts'
import type { Config } from './config/config.ts'
import type { ModelTable } from './models/table.ts'
import { createTableReader } from './models/table-reader.ts'
import { DATABASE_NAME } from './store/schema.ts'
import type { Inspection } from './store/sqlite.ts'
import { openStores } from './stores.ts'
import { createUpstream } from './upstream/pool.ts'

/** Asks the origin of a configuration once. Rejects where it does not answer, or is no Ollama. */
export async function readOrigin(config: Config): Promise<ModelTable> {
  const upstream = createUpstream(config.upstream, createCohorts(systemClock))
  try {
    return await createTableReader((path, options) => upstream.ask(path, options), systemClock)()
  } finally {
    await upstream.close()
  }
}

/**
 * Opens the database of a data directory, checks it through and lets go of it; undefined where there is
 * none, or another process uses it. Rejects with `foreign-database`.
 */
export async function inspectDatabase(config: Config): Promise<Inspection | undefined> {
  // Looking must not make what is looked for.
  if (!existsSync(join(config.dataDir, DATABASE_NAME))) return undefined
  const log = pino({ level: 'silent' })
  const stores = openStores(config, { clock: systemClock, log, given: undefined, count() {} })
  try {
    return await stores.inspect()
  } finally {
    await stores.store.close()
  }
}
