import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { askAll } from './ask-in-turn.ts'
import { toUsual } from './cores.ts'
import type { Bench } from './figure.ts'
import { readInstantMs } from './instant.ts'
import type { Question } from './load.ts'
import { readLoopDelay } from './loop-delay.ts'
import { readResident } from './memory.ts'
import { ROOT, type Server, startServer } from './servers.ts'
import { readMetric } from './stage.ts'
import { openClient } from './wire-client.ts'

/** A server, and how long it took from its program’s start until it listened, in ms. */
export interface Started {
  readonly server: Server
  readonly startMs: number
}

/**
 * Starts Reprise with its data in a folder that outlives it, before the origin that answers at once. In the usual class: the
 * real-time one gives the core to the writer's thread for 100 ms at a time, which would be seen as the loop's delay.
 */
export async function startIn(
  bench: Bench,
  folder: string,
  cache: Readonly<Record<string, number>>,
): Promise<Started> {
  const config = join(folder, 'reprise.json')
  const settings = {
    listen: '127.0.0.1:0',
    upstream: bench.field.behind.url,
    dataDir: folder,
    log: { level: 'silent', format: 'json' },
    cache,
  }
  writeFileSync(config, JSON.stringify(settings))
  const startedAt = readInstantMs()
  const server = await startServer({
    script: join(ROOT, 'dist', 'main.js'),
    arguments: ['serve', '--config', config],
    place: bench.cores && toUsual(bench.cores).server,
  })
  return { server, startMs: readInstantMs() - startedAt }
}

/** What was seen of a server while it was used once. */
export interface Use {
  /** From the question to the end of the answer, for each question. */
  readonly ms: readonly number[]
  /** Hits whose lookup took more than a millisecond. */
  readonly slowLookups: number
  /** The latest the event loop was, in ms. */
  readonly delayMs: number
  readonly residentMib: number
  /** Slices in which entries went. */
  readonly removed: number
}

const LOOKUPS = 'stage="lookup",outcome="hit"'

/** Asks every question once, one after the other, and stops the server. */
export async function use({ server }: Started, questions: readonly Question[]): Promise<Use> {
  const client = await openClient(server.url)
  await readLoopDelay(server, 'max')
  const comings = await askAll(client, questions)
  // First: each scrape begins to measure anew.
  const delayMs = await readLoopDelay(server, 'max')
  const read = async (name: string): Promise<number> => (await readMetric(server, name)) || 0
  const quick = await read(`reprise_stage_seconds_bucket{${LOOKUPS},le="0.001"}`)
  const seen = {
    ms: comings.map(({ sentAt, endAt = Number.NaN }) => endAt - sentAt),
    slowLookups: (await read(`reprise_stage_seconds_count{${LOOKUPS}}`)) - quick,
    delayMs,
    residentMib: readResident(server.pid).nowMib,
    removed: await read('reprise_store_events_total{event="removed"}'),
  }
  client.leave()
  await server.stop()
  return seen
}
