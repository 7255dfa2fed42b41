import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/**
 * Whether what is measured goes before everything else on its core. `round-robin`: the real-time class
 * of sched(7) in which threads of one server still take turns, so that a compiler's or a writer's
 * thread is not kept waiting by its own main thread. A busy machine then changes little.
 */
export type Priority = 'round-robin' | 'usual'

/** Where a process runs. */
export interface Place {
  readonly core: number
  readonly priority: Priority
}

/** Who runs where; undefined where processes cannot be bound to cores. */
export interface Cores {
  /** The server that is measured; the others wait meanwhile. */
  readonly server: Place
  readonly load: Place
  /** The origin behind the server: with the load where there are only two cores. */
  readonly origin: Place
}

const URGENCY = '50'

/** The same places in the usual class: for what a real-time one would starve, as whoever reads a log. */
export function toUsual({ server, load, origin }: Cores): Cores {
  const put = ({ core }: Place): Place => ({ core, priority: 'usual' })
  return { server: put(server), load: put(load), origin: put(origin) }
}

/** Binds this process, which makes the load, and says where the others belong. */
export function claimCores(): Cores | undefined {
  const count = availableParallelism()
  if (count < 2) return undefined
  try {
    for (const core of [0, 1]) execFileSync('taskset', ['-c', String(core), 'true'])
    execFileSync('taskset', ['-a', '-c', '-p', '1', String(process.pid)])
  } catch {
    return undefined
  }
  const priority = findPriority()
  return {
    server: { core: 0, priority },
    load: { core: 1, priority },
    origin: { core: count > 2 ? 2 : 1, priority },
  }
}

/** The command line that runs a command at a place. */
export function toPlaced(command: readonly string[], place: Place | undefined): string[] {
  if (place === undefined) return [...command]
  const bound = ['taskset', '-c', String(place.core), ...command]
  return place.priority === 'usual' ? bound : ['chrt', '-r', URGENCY, ...bound]
}

/** Moves a process that runs, with all its threads, to a core. */
export function moveTo(core: number, pid: number): void {
  execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' })
}

/** Lets this process go first while something runs in it, and no longer: others have work to do. */
export async function withPriority<T>(place: Place | undefined, run: () => Promise<T>): Promise<T> {
  if (place?.priority !== 'round-robin') return run()
  changeOwn(['-r', '-p', URGENCY])
  try {
    return await run()
  } finally {
    changeOwn(['-o', '-p', '0'])
  }
}

function findPriority(): Priority {
  try {
    execFileSync('chrt', ['-r', URGENCY, 'true'], { stdio: 'ignore' })
    return 'round-robin'
  } catch {
    return 'usual'
  }
}

function changeOwn(policy: readonly string[]): void {
  execFileSync('chrt', ['-a', ...policy, String(process.pid)], { stdio: 'ignore' })
}
