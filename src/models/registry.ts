import type { Clock } from '../clock.ts'
import { adoptKept } from './adoption.ts'
import { createDateTemplates, type DateTemplates, type OriginPlace } from './date-templates.ts'
import { type Kept, type Note, readKept, writeKept } from './kept-table.ts'
import { createLabels } from './labels.ts'
import type { Lease } from './leased.ts'
import { matchIn, type Reading, toReading } from './matching.ts'
import { waitForReading } from './reading-wait.ts'
import type { Resolution } from './resolution.ts'
import { listReplaced, type ModelTable } from './table.ts'
import { type Ask, createTableReader } from './table-reader.ts'

/** Past this age the table is read again in the background when it is asked, in ms. */
const REFRESH_AFTER_MS = 1_000
/** Past this age a look-up waits for a new reading, in ms: a model replaced behind our back is noticed within it. */
const TRUSTED_FOR_MS = 2_000
/** How long the origin has to show one model, in ms: a reading waits for it. */
const SHOW_LIMIT_MS = 5_000
/** How old a table may be that serves when a reading takes longer, in ms. */
const LAST_KNOWN_MS = 60_000

/** What it answers. */
export type { KnownModel, Resolution } from './resolution.ts'

/** What is known of the origin, for people. */
export interface RegistrySnapshot {
  readonly version: string | undefined
  readonly answering: boolean
  readonly models: readonly { readonly name: string; readonly digest: string }[]
}

/** Name → digest, kept current. */
export interface ModelRegistry {
  /** Synchronous while the table is at most 2 s old: the common case of a hit. */
  resolve(name: string): Resolution | Promise<Resolution>
  /** The table is out of date: the next look-up waits for a new reading, which starts at once. */
  invalidate(): void
  /** Reads the table now; false where the origin did not answer. */
  refresh(): Promise<boolean>
  /** Takes over what is known of another origin, as long as this one has not said anything itself. */
  adopt(kept: Kept): 'adopted' | 'kept-own'
  /** A bounded metric label for the name. */
  label(name: string): string
  /** The same for a model that may be gone: the name it had, as long as there are few. */
  labelPast(name: string): string
  snapshot(): RegistrySnapshot
  /** What another process may resolve names from. Waits for a reading where the table is not young. */
  lease(): Promise<Lease | undefined>
}

/** What the registry needs of the rest. */
export interface RegistryOptions {
  readonly ask: Ask
  readonly clock: Clock
  readonly place: OriginPlace
  /** The last known table, so that known answers can be given while the origin is down. */
  readonly note: Note
  /** False while the origin is known to be down: then nothing waits for it, and the last known table serves. */
  isReachable(): boolean
  /** Called after each reading with the origin's clock, in ms since the epoch, and the digests of its models. */
  onRead(originNow: number, digests: ReadonlySet<string>): void
  /**
   * Forgets what was stored of digests that a name stands for no longer since the reading before was begun, at this wall time
   * in ms: nobody knows when they were replaced, and what stands in their place may have made it. Never rejects.
   */
  onReplaced(digests: readonly string[], since: number): Promise<void>
}

/** Starts with what the note has; reads nothing before it is asked. */
export function createModelRegistry(options: RegistryOptions): ModelRegistry {
  return new TableRegistry(options)
}

class TableRegistry implements ModelRegistry {
  readonly #clock: Clock
  readonly #note: Note
  readonly #onRead: RegistryOptions['onRead']
  readonly #onReplaced: RegistryOptions['onReplaced']
  readonly #isReachable: () => boolean
  readonly #labels = createLabels()
  readonly #dates: DateTemplates
  /** Whether the origin itself was read in the life of this process. */
  #hasRead = false
  readonly #read: () => Promise<ModelTable>
  #reading: Reading | undefined
  /** Monotonic instant at which the current reading was begun; undefined for one out of the note. */
  #begunAt: number | undefined
  #pending: Promise<boolean> | undefined
  #answering = false
  /** Whether a reading is to begin when that on its way is over. */
  #isDue = false
  /** How often the table was called out of date. */
  #changes = 0

  constructor(options: RegistryOptions) {
    this.#clock = options.clock
    this.#note = options.note
    this.#onRead = options.onRead
    this.#onReplaced = options.onReplaced
    this.#isReachable = () => options.isReachable()
    const kept = readKept(options.note)
    this.#dates = createDateTemplates(
      (name) => {
        const body = JSON.stringify({ model: name })
        return options.ask('/api/show', { method: 'POST', body, timeoutMs: SHOW_LIMIT_MS })
      },
      options.place,
      kept?.dates ?? {},
    )
    this.#read = createTableReader(options.ask, options.clock)
    if (kept !== undefined) this.#reading = toReading(kept.table)
  }

  resolve(name: string): Resolution | Promise<Resolution> {
    if (!this.#isReachable()) return this.#match(name)
    const age = this.#age()
    if (age > TRUSTED_FOR_MS) return this.#resolveAnew(name)
    if (age > REFRESH_AFTER_MS) void this.refresh()
    const found = this.#match(name)
    // A new model is looked for at once: somebody may have pulled it behind our back.
    return found.kind === 'unknown' || found.kind === 'unavailable'
      ? this.#resolveAnew(name)
      : found
  }

  invalidate(): void {
    this.#begunAt = undefined
    this.#changes += 1
    // A reading that is to begin is late enough for all that has changed until then.
    if (this.#isDue) return
    this.#isDue = true
    // One on its way may have begun before the change: look-ups wait for the one after it.
    const before = this.#pending ?? Promise.resolve(true)
    void this.#track(
      before.then(() => {
        this.#isDue = false
        return this.#load()
      }),
    )
  }

  refresh(): Promise<boolean> {
    return this.#pending ?? this.#track(this.#load())
  }

  adopt(kept: Kept): 'adopted' | 'kept-own' {
    const own = this.#reading && { table: this.#reading.table, dates: this.#dates.toJSON() }
    const joined = this.#hasRead ? undefined : adoptKept(own, kept)
    if (joined === undefined) return 'kept-own'
    this.#dates.adopt(joined.dates)
    this.#reading = toReading(joined.table)
    writeKept(this.#note, joined)
    return 'adopted'
  }

  label(name: string): string {
    const match = this.#reading?.names.match(name)
    return this.#labels.toLabel(match?.kind === 'listed' ? match.model.name : undefined)
  }

  labelPast(name: string): string {
    return this.#labels.toLabel(name)
  }

  snapshot(): RegistrySnapshot {
    const table = this.#reading?.table
    return { version: table?.version, answering: this.#answering, models: table?.models ?? [] }
  }

  async lease(): Promise<Lease | undefined> {
    const isReachable = this.#isReachable()
    if (isReachable && this.#age() > REFRESH_AFTER_MS) await this.refresh()
    if (this.#reading === undefined) return undefined
    // While nothing waits for the origin the last known table serves, as it does here.
    const validForMs = isReachable ? TRUSTED_FOR_MS - this.#age() : TRUSTED_FOR_MS
    return { kept: { table: this.#reading.table, dates: this.#dates.toJSON() }, validForMs }
  }

  #age(): number {
    if (this.#begunAt === undefined) return Number.POSITIVE_INFINITY
    return this.#clock.monotonic() - this.#begunAt
  }

  /** Makes a reading the one that others wait for, until it is over or a later one took its place. */
  #track(load: Promise<boolean>): Promise<boolean> {
    const pending = load.finally(() => {
      if (this.#pending === pending) this.#pending = undefined
    })
    this.#pending = pending
    return pending
  }

  async #load(): Promise<boolean> {
    const begunAt = this.#clock.monotonic()
    const changes = this.#changes
    try {
      const table = await this.#read()
      const before = this.#reading?.table
      this.#reading = toReading(table)
      if (before !== undefined) await this.#forget(listReplaced(before, table), before.readAt)
      this.#hasRead = true
      if (changes === this.#changes) this.#begunAt = begunAt
      this.#answering = true
      // Who asks for a model whose template is not known yet waits for this too; nobody else does.
      await this.#learnDates(table)
      writeKept(this.#note, { table, dates: this.#dates.toJSON() })
      this.#onRead(table.originNow, new Set(table.models.map(({ digest }) => digest)))
    } catch {
      // Not reached, or not an Ollama: the last known table stands, and says how old it is.
      this.#answering = false
    }
    return this.#answering
  }

  /** Look-ups wait for that too, as for the rest of the reading. */
  async #forget(replaced: readonly string[], since: number): Promise<void> {
    if (replaced.length === 0) return
    this.#begunAt = undefined
    await this.#onReplaced(replaced, since)
  }

  async #learnDates(table: ModelTable): Promise<void> {
    const fresh = table.models.filter(
      (model) => model.place === 'here' && !this.#dates.isKnown(model.digest),
    )
    // A model that cannot be shown stays unavailable; it must not keep the others from being known.
    await Promise.allSettled(fresh.map((model) => this.#dates.learn(model.name, model.digest)))
  }

  /** Waits for one shared reading, and says what is known when it is there or the wait is over. */
  async #resolveAnew(name: string): Promise<Resolution> {
    const outcome = await waitForReading(this.refresh(), this.#clock)
    const readBefore = this.#reading?.table.readAt ?? Number.NEGATIVE_INFINITY
    const isOld = this.#clock.now() - readBefore > LAST_KNOWN_MS
    // While the origin cannot be reached its models cannot be asked either: the last known digests
    // serve, however old. A reading that is merely slow may be about to say otherwise.
    if (outcome === 'slow' && isOld) return { kind: 'unavailable' }
    return this.#match(name)
  }

  #match(name: string): Resolution {
    if (this.#reading === undefined) return { kind: 'unavailable' }
    return matchIn(this.#reading, this.#dates, name, this.#clock)
  }
}
