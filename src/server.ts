import { availableParallelism } from 'node:os'
import { registerAdmin } from './admin/routes.ts'
import type { Stats } from './admin/stats.ts'
import { buildAnswering } from './answering.ts'
import { buildApp } from './app.ts'
import { createParts, type Parts, type ServerParts } from './compose.ts'
import type { Config } from './config/config.ts'
import { isLoopback } from './config/load.ts'
import { buildGuard } from './entrance.ts'
import { type Front, openFront } from './front.ts'
import { readStats } from './statistics.ts'
import { toAdminOptions } from './steering.ts'
import { VERSION } from './version.ts'

/** A server that listens. */
export interface RunningServer {
  readonly url: string
  readonly port: number
  /** The first line on standard output: version, address, upstream, entries. */
  readonly startLine: string
  /** The same as fields, for a log of JSON. */
  readonly start: StartFacts
  readonly stats: () => Stats
  /** Waits until all that was recorded is in the database. */
  flush(): Promise<void>
  /** Takes no new requests, lets running answers end, writes what is waiting. */
  close(): Promise<void>
}

/** What the start line says. */
export interface StartFacts {
  readonly version: string
  readonly url: string
  readonly upstream: string
  /** Version of the origin; null where it does not answer. */
  readonly ollama: string | null
  readonly entries: number
}

/**
 * Configuration → objects → Fastify, and the order in which they start and stop. Rejects where the
 * address is taken, or the data directory holds somebody else's database.
 */
export async function startServer(config: Config, given: ServerParts): Promise<RunningServer> {
  const parts = createParts(config, given)
  try {
    return toRunning(await listen(parts), parts)
  } catch (error) {
    await closeParts(parts)
    throw error
  }
}

/** The application in front of the parts; where it fails, nothing listens. */
async function listen(parts: Parts): Promise<Front> {
  const { config, upstream, registry } = parts
  const adminOptions = toAdminOptions(parts)
  const app = await buildApp({
    guard: buildGuard(parts),
    ...buildAnswering(parts),
    registerAdmin(scope) {
      // What is read here is what all processes did, until now.
      scope.addHook('onRequest', async () => {
        parts.ended.handOn()
        await parts.primary?.gather()
      })
      registerAdmin(scope, adminOptions)
    },
    upstreamUrl: config.upstream,
    relayAgent: upstream.relayAgent,
  })
  const front = await openFront(app, parts)
  if (config.mode !== 'offline') await registry.refresh()
  parts.state = 'serving'
  warn(parts)
  return front
}

/** Ends what has no client any more: what waits is written before its database is closed. */
async function closeParts(parts: Parts): Promise<void> {
  parts.traffic.close()
  parts.ended.handOn()
  parts.life.flush()
  await parts.stores.store.close()
  await parts.capture?.close()
  await parts.upstream.close()
}

/** What a person should know before the first request. */
function warn({ config, registry, log }: Parts): void {
  const cores = availableParallelism()
  const threads = config.injection?.numThread
  if (!registry.snapshot().answering) {
    log.warn(`no Ollama answers at ${config.upstream.origin} (--upstream, REPRISE_UPSTREAM)`)
  }
  if (!isLoopback(config.listen.host)) {
    log.warn('other machines can reach this server, and there is no authentication')
  }
  if (threads === undefined || threads.mode === 'off' || threads.value <= cores) return
  if (!isLoopback(config.upstream.hostname)) return
  log.warn(
    `num_thread=${threads.value} on ${cores} cores makes a model slower: set inject.numThread.value (REPRISE_INJECT_NUM_THREAD_VALUE) to ${cores}`,
  )
}

function toRunning(front: Front, parts: Parts): RunningServer {
  const { address } = front
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  const url = `http://${host}:${address.port}`
  const start = toStartFacts(parts, url)
  return {
    url,
    port: address.port,
    start,
    startLine: toStartLine(start),
    stats() {
      parts.ended.handOn()
      return readStats(parts)
    },
    flush() {
      parts.ended.handOn()
      parts.life.flush()
      return parts.stores.store.flush()
    },
    async close() {
      parts.state = 'draining'
      parts.traffic.drain()
      // Dashboards would be waited for like running answers.
      parts.live.close()
      await front.close()
      await closeParts(parts)
    },
  }
}

function toStartFacts(parts: Parts, url: string): StartFacts {
  const { upstream, entries } = readStats(parts)
  return {
    version: VERSION,
    url,
    upstream: upstream.url,
    ollama: upstream.answering ? upstream.version : null,
    entries: entries.total,
  }
}

function toStartLine({ version, url, upstream, ollama, entries }: StartFacts): string {
  const origin = ollama === null ? 'not answering' : `Ollama ${ollama}`
  return `reprise ${version} listening on ${url} -> ${upstream} (${origin}), ${entries} entries`
}
