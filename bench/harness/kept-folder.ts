import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { askAll } from './ask-in-turn.ts'
import { toUsual } from './cores.ts'
import type { Bench } from './figure.ts'
import { pass, readInstantMs } from './instant.ts'
import type { Question } from './load.ts'
import { readLoopDelay } from './loop-delay.ts'
import { readResident } from './memory.ts'
import { ROOT, type Server, startServer } from './servers.ts'
import { readMetric } from './stage.ts'
import { type Coming, openClient } from './wire-client.ts'

/** A server, and how long it took from its program’s start until it listened, in ms. */
export interface Started {
  readonly server: Server
  readonly startMs: number
}

type CacheSettings = Readonly<Record<string, number>>

/**
 * Starts Reprise with its data in a folder that outlives it, before the origin that answers at once. In the usual class: the
 * real-time one gives the core to the writer's thread for 100 ms at a time, which would be seen as the loop's delay.
 */
export async function startIn(
  bench: Bench,
  folder: string,
  cache: CacheSettings,
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

/** How long starts take in several folders in turn, in ms: those of the first, of the second, and so on. */
export async function startInTurn(
  bench: Bench,
  folders: readonly string[],
  { cache, rounds }: { readonly cache: CacheSettings; readonly rounds: number },
): Promise<number[][]> {
  const all = folders.map((folder) => ({ folder, ms: [] as number[] }))
  for (let round = 0; round < rounds; round++) {
    for (const { folder, ms } of all) {
      const { server, startMs } = await startIn(bench, folder, cache)
      ms.push(startMs)
      await server.stop()
    }
  }
  return all.map(({ ms }) => ms)
}

/** What is asked of a server that is used once. */
export interface Asked {
  /** First, and not counted: code that has not run is not compiled. */
  readonly warmUp: readonly Question[]
  /** Then, one after the other, in rounds. */
  readonly rounds: readonly (readonly Question[])[]
  /** What goes on meanwhile. */
  readonly during: 'nothing' | 'removal'
}

/** What was seen of a server while it was used once. */
export interface Use {
  /** From the question to the end of the answer, for each question that counts. */
  readonly ms: readonly number[]
  /** The same for those before. */
  readonly warmUpMs: readonly number[]
  /** Hits whose lookup took more than a millisecond. */
  readonly slowLookups: number
  /** The latest the event loop was in each round, in ms. */
  readonly delaysMs: readonly number[]
  readonly residentMib: number
  /** Slices in which entries went meanwhile. */
  readonly removed: number
}

const LOOKUPS = 'stage="lookup",outcome="hit"'
const REMOVED = 'reprise_store_events_total{event="removed"}'
const CHECKED = 'reprise_store_events_total{event="checked"}'

/**
 * Asks every question once, one after the other, and stops the server. What counts is asked when the database has been checked
 * through, as it is after each start: removals wait until then.
 */
export async function use({ server }: Started, asked: Asked): Promise<Use> {
  const client = await openClient(server.url)
  const read = async (name: string): Promise<number> => (await readMetric(server, name)) || 0
  const readSlow = async (): Promise<number> => {
    const quick = await read(`reprise_stage_seconds_bucket{${LOOKUPS},le="0.001"}`)
    return (await read(`reprise_stage_seconds_count{${LOOKUPS}}`)) - quick
  }
  const growth = async (name: string, from: number): Promise<void> => {
    for (let turn = 0; (await read(name)) <= from; turn++) {
      if (turn > MOST_TURNS) throw new Error(`${name} does not grow`)
      await pass(TURN_MS)
    }
  }
  const warmUpMs = (await askAll(client, asked.warmUp)).map(toMs)
  await growth(CHECKED, 0)
  const [slowBefore, removedBefore] = [await readSlow(), await read(REMOVED)]
  if (asked.during === 'removal') await growth(REMOVED, removedBefore)
  const ms: number[] = []
  const delaysMs: number[] = []
  // Each scrape begins to measure anew.
  await readLoopDelay(server, 'max')
  for (const questions of asked.rounds) {
    ms.push(...(await askAll(client, questions)).map(toMs))
    delaysMs.push(await readLoopDelay(server, 'max'))
  }
  const seen = {
    ms,
    warmUpMs,
    slowLookups: (await readSlow()) - slowBefore,
    delaysMs,
    residentMib: readResident(server.pid).nowMib,
    removed: (await read(REMOVED)) - removedBefore,
  }
  client.leave()
  await server.stop()
  return seen
}

const TURN_MS = 200
/** Four minutes: to check 10 GiB takes 20 seconds. */
const MOST_TURNS = 1_200

function toMs({ sentAt, endAt = Number.NaN }: Coming): number {
  return endAt - sentAt
}
