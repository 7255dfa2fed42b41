import { type Stats, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Clock, Timer } from '../clock.ts'

/** Watches whether a file that is in use is still the one of its name. */
export interface Presence {
  stop(): void
}

/**
 * The file is looked at so often, in ms. SQLite goes on writing into a file that was deleted or replaced,
 * and nothing of it survives; no system call tells of that on every platform, so a look every few seconds it is.
 */
const LOOK_EVERY_MS = 4_000

/** What it needs of the rest. */
export interface PresenceOptions {
  readonly path: string
  readonly clock: Clock
  /** Called once, when the file is gone or another stands in its place. */
  onGone(): void
  /** Called when the file is shorter than at the last look. */
  onShorter(): void
}

/** Throws where the file is not there to begin with. */
export function watchPresence(options: PresenceOptions): Presence {
  const { path, clock, onGone, onShorter } = options
  const first = statSync(path)
  let bytes = first.size
  let timer: Timer | undefined
  let isStopped = false

  function judge(now: Pick<Stats, 'ino' | 'dev' | 'size'> | undefined): void {
    if (isStopped) return
    if (now === undefined || now.ino !== first.ino || now.dev !== first.dev) {
      onGone()
      return
    }
    if (now.size < bytes) onShorter()
    bytes = now.size
    wait()
  }

  function wait(): void {
    timer = clock.startTimer(LOOK_EVERY_MS, () => {
      // A directory that cannot be read for a moment is no reason to begin anew.
      stat(path).then(judge, (error: { code?: string }) =>
        judge(error.code === 'ENOENT' ? undefined : { ...first, size: bytes }),
      )
    })
  }

  wait()
  return {
    stop() {
      isStopped = true
      timer?.cancel()
    },
  }
}
