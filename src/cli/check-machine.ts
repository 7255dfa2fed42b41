import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import type { Config } from '../config/config.ts'
import { isLoopback } from '../config/load.ts'
import { type Finding, fault, fine, warn } from './finding.ts'
import { toSize } from './stats-view.ts'

/** Whether the data directory can be written and has room for the budget. `usedBytes` is what is there already. */
export function checkDisk({ dataDir, cache }: Config, usedBytes: number): Finding {
  const place = toExisting(dataDir)
  try {
    // The slash makes a file in its place a fault.
    accessSync(`${place}/`, constants.W_OK)
    const { bavail, bsize } = statfsSync(place)
    const free = bavail * bsize
    const says = `${toSize(free)} free for ${dataDir}`
    const wanted = Math.max(0, cache.maxBytes - usedBytes)
    if (free >= wanted) return fine('disk', says)
    const advice = 'make room, or lower cache.maxBytes (REPRISE_CACHE_MAX_BYTES)'
    return warn('disk', `${says}, and ${toSize(wanted)} may still be wanted`, advice)
  } catch (error) {
    const advice = 'make it writable, or name another with --data-dir or REPRISE_DATA_DIR'
    return fault('disk', `${place} cannot be used: ${String(error)}`, advice)
  }
}

/** A directory that is not there yet is made in the nearest one that is. */
function toExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : toExisting(dirname(path))
}

/** Whether the model is given more threads than there are cores: 6 on 2 were measured six times slower than 2. */
export function checkThreads({ injection, upstream }: Config): Finding {
  const cores = availableParallelism()
  const threads = injection?.numThread
  if (threads === undefined || threads.mode === 'off') {
    return fine('threads', 'num_thread is not put into requests')
  }
  if (!isLoopback(upstream.hostname)) {
    return fine('threads', `num_thread=${threads.value}; Ollama’s cores are not known from here`)
  }
  const says = `num_thread=${threads.value} on ${cores} cores`
  if (threads.value <= cores) return fine('threads', says)
  const advice = `set inject.numThread.value (REPRISE_INJECT_NUM_THREAD_VALUE) to ${cores}`
  return warn('threads', `${says} makes a model slower`, advice)
}
