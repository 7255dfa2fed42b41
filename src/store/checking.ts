import type { Clock, Timer } from '../clock.ts'
import { isDamage } from './damage.ts'
import type { StoreEvent } from './events.ts'
import { type IntegrityCheck, startIntegrityCheck } from './integrity.ts'

/** Checks a database through: once in a while after its start, and when somebody asks. */
export interface Checking {
  /** `ok`, the first thing that is wrong, or why it could not be found out; undefined when stopped. */
  check(): Promise<string | undefined>
  stop(): Promise<void>
}

/** What it needs of the rest. */
export interface CheckingOptions {
  /** The built entry of the thread. */
  readonly url: URL
  readonly path: string
  readonly clock: Clock
  tell(event: StoreEvent): void
  /** Called when the check after the start found the database damaged. */
  onDamage(): void
}

/** The database is checked so long after it was opened, in ms: a start has better things to do. */
const CHECK_AFTER_MS = 2_000

/** Begins to wait for the check after the start. */
export function createChecking(options: CheckingOptions): Checking {
  const { url, path, clock, tell } = options
  const running = new Set<IntegrityCheck>()
  const timer: Timer = clock.startTimer(CHECK_AFTER_MS, () => void checkOnce())

  async function check(): Promise<string | undefined> {
    const started = startIntegrityCheck(url, path)
    running.add(started)
    const result = await started.result
    running.delete(started)
    return result
  }

  async function checkOnce(): Promise<void> {
    const result = await check()
    if (result === undefined) return
    tell({ kind: 'checked', result })
    if (saysDamage(result)) options.onDamage()
  }

  return {
    check,
    async stop() {
      timer.cancel()
      await Promise.all([...running].map((each) => each.stop()))
    },
  }
}

/** What could not be found out begins with a code or says Error; what is wrong with a database does neither. */
function saysDamage(result: string): boolean {
  return isDamage(result) || !/^(ok$|SQLITE_|\w*Error)/.test(result)
}
