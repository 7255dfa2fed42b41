import type { Clock, Timer } from '../clock.ts'
import { createHistory, HISTORY_MINUTES, type Minute } from '../metrics/history.ts'
import { leavesNoTrace } from '../metrics/observation.ts'
import type { ObservedGroup } from '../metrics/observed-group.ts'
import type { OriginState } from '../metrics/origin-metrics.ts'
import { type Told, toTold } from '../metrics/told.ts'
import type { Stats } from './stats.ts'

/** One request that has ended, as viewers see it: never its text. */
export interface LiveRequest extends Told {
  /** When it ended, in ms since the epoch. */
  readonly at: number
}

/** How it is now. */
export interface LiveState {
  /** In ms since the epoch. */
  readonly now: number
  readonly stats: Stats
  readonly origin: OriginState
  /** The current minute and the one before it. */
  readonly minutes: readonly Minute[]
  /** Requests since the last state that came too fast to be told of one by one. */
  readonly skipped: number
}

/** Somebody who is told of everything. */
export interface Viewer {
  /** Takes events as server-sent events are written. Must not throw. */
  send(text: string): void
  /** The server closes. */
  end(): void
}

/** Tells viewers of requests as they end, and of changes of state. Costs next to nothing while nobody looks. */
export interface Live {
  /**
   * Requests have ended at an instant (wall time, in ms). Those that are to leave no trace (`no-store`) are counted and
   * not told of.
   */
  note(group: ObservedGroup, at: number): void
  /** Queue, flights or breaker may be otherwise than before. */
  touch(): void
  /** Tells a viewer what has been, and everything from now on; undefined where there are too many already. */
  watch(viewer: Viewer): { leave(): void } | undefined
  /** Ends every viewer. */
  close(): void
}

/** What is told. */
export interface LiveSources {
  readonly clock: Clock
  stats(): Stats
  origin(): OriginState
}

/** Viewers at a time. */
const MAX_VIEWERS = 32
/** Requests that a new viewer is told of. */
const RECENT = 50
/** What ends within so many ms is sent together. */
const GATHER_MS = 100
/** Requests sent together; the rest is counted: nobody reads two thousand lines a second. */
const MAX_GATHERED = 200
/** States are so far apart at least, in ms. */
const STATE_EVERY_MS = 1_000
/** A line without meaning, so that a connection that has died is noticed, in ms. */
const SIGN_OF_LIFE_MS = 20_000

/** Starts without viewers. Timers run only while somebody looks, and but for the sign of life only after a change. */
export function createLive(sources: LiveSources): Live {
  return new Broadcast(sources)
}

class Broadcast implements Live {
  readonly #sources: LiveSources
  readonly #clock: Clock
  readonly #history: ReturnType<typeof createHistory>
  readonly #viewers = new Set<Viewer>()
  #recent: LiveRequest[] = []
  #gathered: string[] = []
  #skipped = 0
  #statedAt = Number.NEGATIVE_INFINITY
  #gathering: Timer | undefined
  #stating: Timer | undefined
  #life: Timer | undefined

  constructor(sources: LiveSources) {
    this.#sources = sources
    this.#clock = sources.clock
    this.#history = createHistory(sources.clock)
  }

  note(group: ObservedGroup, at: number): void {
    this.#history.note(group, at)
    if (!leavesNoTrace(group.form)) this.#tell(group, at)
    this.touch()
  }

  touch(): void {
    if (this.#viewers.size === 0 || this.#stating !== undefined) return
    const dueMs = this.#statedAt + STATE_EVERY_MS - this.#clock.monotonic()
    this.#stating = this.#clock.startTimer(Math.max(GATHER_MS, dueMs), () => {
      this.#stating = undefined
      this.#sendAll(this.#toState())
    })
  }

  watch(viewer: Viewer): { leave(): void } | undefined {
    if (this.#viewers.size >= MAX_VIEWERS) return undefined
    const minutes = this.#history.latest(HISTORY_MINUTES)
    viewer.send(toEvent('past', { requests: this.#recent, minutes }) + this.#toState())
    this.#viewers.add(viewer)
    this.#life ??= this.#startLife()
    return { leave: () => this.#leave(viewer) }
  }

  close(): void {
    for (const viewer of [...this.#viewers]) {
      this.#leave(viewer)
      viewer.end()
    }
  }

  /** Viewers hear of all; who comes later, of the latest. */
  #tell(group: ObservedGroup, at: number): void {
    const first = this.#viewers.size === 0 ? Math.max(0, group.length - RECENT) : 0
    for (let i = first; i < group.length; i++) {
      const request = { at, ...toTold(group, i) }
      this.#recent.push(request)
      if (this.#viewers.size > 0) this.#gather(request)
    }
    if (this.#recent.length >= 2 * RECENT) this.#recent = this.#recent.slice(-RECENT)
  }

  #gather(request: LiveRequest): void {
    if (this.#gathered.length < MAX_GATHERED) this.#gathered.push(toEvent('request', request))
    else this.#skipped += 1
    this.#gathering ??= this.#clock.startTimer(GATHER_MS, () => {
      this.#gathering = undefined
      this.#sendAll(this.#gathered.join(''))
      this.#gathered = []
    })
  }

  #toState(): string {
    this.#statedAt = this.#clock.monotonic()
    const state: LiveState = {
      now: this.#clock.now(),
      stats: this.#sources.stats(),
      origin: this.#sources.origin(),
      minutes: this.#history.latest(2),
      skipped: this.#skipped,
    }
    this.#skipped = 0
    return toEvent('state', state)
  }

  #startLife(): Timer {
    return this.#clock.startTimer(SIGN_OF_LIFE_MS, () => {
      this.#life = this.#startLife()
      this.#sendAll(':\n\n')
    })
  }

  #sendAll(text: string): void {
    for (const viewer of [...this.#viewers]) viewer.send(text)
  }

  #leave(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer) || this.#viewers.size > 0) return
    for (const timer of [this.#gathering, this.#stating, this.#life]) timer?.cancel()
    this.#gathering = undefined
    this.#stating = undefined
    this.#life = undefined
    this.#gathered = []
    this.#skipped = 0
  }
}

/** JSON has no line end, so one line of data holds it all. */
function toEvent(name: 'past' | 'request' | 'state', data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
