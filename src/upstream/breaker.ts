import type { Clock, Timer } from '../clock.ts'
import { createResults } from './breaker-results.ts'
import type { UpstreamFailure } from './failure.ts'

/** How long the first opening lasts, in ms; each further one without a recovery lasts twice as long. */
const FIRST_OPEN_MS = 5_000

/** No opening lasts longer than this, in ms, jitter included: an origin that is back is found by then. */
const LONGEST_OPEN_MS = 60_000

/** Openings differ by up to this share, so that several proxies of one origin do not probe together. */
const JITTER = 0.2

/** What a breaker lets through. */
export type BreakerState =
  /** Everything: the origin answers. */
  | 'closed'
  /** Nothing: the origin failed too often. */
  | 'open'
  /** Nothing but the probe that is under way. */
  | 'half-open'

/** Knows whether the origin is worth asking, from what became of earlier requests. */
export interface Breaker {
  readonly state: BreakerState
  /** Whole seconds until the next probe, at least 1; 1 where none is waited for. */
  readonly retryAfterSeconds: number
  /** The origin answered, with whatever status. Closes the breaker in every state. */
  succeed(): void
  /** A request failed. Counts where the origin could not be reached; changes nothing unless closed. */
  fail(failure: UpstreamFailure): void
  /** Ends it: no timer is left, and nothing changes any more. */
  close(): void
}

/** What a breaker needs. */
export interface BreakerOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'startTimer'>
  /** From 0 up to, not including, 1. */
  readonly random: () => number
  /** Asks `GET /api/version`; must settle. A rejection counts as no. */
  readonly probe: () => Promise<boolean>
  /** Hears of each change, after it; must not throw. */
  readonly onChange: (state: BreakerState) => void
}

/** A breaker that is closed. While it is open it has one timer, which starts the one probe; never more. */
export function createBreaker({ clock, random, probe, onChange }: BreakerOptions): Breaker {
  const results = createResults()
  const waits = createWaits(random)
  let state: BreakerState = 'closed'
  let probes = 0
  let probeDueAt = 0
  let timer: Timer | undefined
  let isEnded = false

  function change(next: BreakerState): void {
    state = next
    onChange(next)
  }

  function open(): void {
    const waitMs = waits.nextMs()
    probeDueAt = clock.monotonic() + waitMs
    timer = clock.startTimer(waitMs, () => void tryAgain())
    change('open')
  }

  function recover(): void {
    timer?.cancel()
    waits.reset()
    results.clear()
    change('closed')
  }

  async function tryAgain(): Promise<void> {
    probes += 1
    const turn = probes
    change('half-open')
    const isBack = await toAnswer(probe)
    // The answer to another request may have closed the breaker first, and even another probe begun.
    if (isEnded || state !== 'half-open' || turn !== probes) return
    if (isBack) recover()
    else open()
  }

  return {
    get state() {
      return state
    },
    get retryAfterSeconds() {
      return state === 'open' ? toRetryAfterSeconds(probeDueAt - clock.monotonic()) : 1
    },
    succeed() {
      if (isEnded) return
      if (state === 'closed') results.add('success')
      else recover()
    },
    fail(failure) {
      if (isEnded || state !== 'closed' || !isConnectClass(failure)) return
      results.add('failure')
      if (results.areTooBad()) open()
    },
    close() {
      isEnded = true
      timer?.cancel()
    },
  }
}

/** A client that left, or an answer that broke off, says nothing about whether the origin can be reached. */
function isConnectClass({ phase, reason }: UpstreamFailure): boolean {
  return phase !== 'body' && reason !== 'aborted'
}

/** How long to stay open, in ms: longer each time, until it is reset. */
function createWaits(random: () => number): { nextMs(): number; reset(): void } {
  let plainMs = FIRST_OPEN_MS
  return {
    nextMs() {
      const waitMs = plainMs * (1 - JITTER + 2 * JITTER * random())
      plainMs = Math.min(LONGEST_OPEN_MS, plainMs * 2)
      return Math.min(LONGEST_OPEN_MS, waitMs)
    },
    reset() {
      plainMs = FIRST_OPEN_MS
    },
  }
}

/** A `Retry-After` of 0 would invite a client to come back at once (RFC 9110 §10.2.3). */
function toRetryAfterSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000))
}

async function toAnswer(probe: () => Promise<boolean>): Promise<boolean> {
  try {
    return await probe()
  } catch {
    return false
  }
}
