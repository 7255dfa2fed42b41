import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Which core runs what; undefined where processes cannot be bound to cores. */
export interface Cores {
  /** The server that is measured; the others wait meanwhile. */
  readonly server: number
  readonly load: number
  /** The origin behind Reprise: with the load where there are only two cores. */
  readonly origin: number
}

/** Binds this process, which makes the load, and says where the others belong. */
export function claimCores(): Cores | undefined {
  const count = availableParallelism()
  if (count < 2) return undefined
  const cores: Cores = { server: 0, load: 1, origin: count > 2 ? 2 : 1 }
  try {
    for (const core of Object.values(cores)) execFileSync('taskset', ['-c', String(core), 'true'])
    execFileSync('taskset', ['-a', '-c', '-p', String(cores.load), String(process.pid)])
    return cores
  } catch {
    return undefined
  }
}
