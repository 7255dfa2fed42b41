import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { RepriseError } from '../errors.ts'
import type { LogOptions } from '../log.ts'
import type { ObservedBatch } from '../metrics/observed.ts'
import { type ObservedGroup, toGroups } from '../metrics/observed-group.ts'
import type { ModelRegistry, RegistrySnapshot } from '../models/registry.ts'
import type { StoreEvent } from '../store/events.ts'
import type { OwnedStore } from '../store/query.ts'
import { createCrew } from './crew.ts'
import type { Member } from './member.ts'
import type { Access, Begin, PublicAddress, ToPrimary } from './messages.ts'
import { createNews } from './news.ts'

/** What the first process is to its workers: it knows first, and nothing changes behind their backs. */
export interface Primary {
  /** The stores, with everything that changes entries told of. */
  watch<T extends { readonly store: OwnedStore }>(stores: T): T
  /** The database may be another one than before. */
  hearStore(event: { readonly kind: StoreEvent['kind'] | 'fault' }): void
  /** What was read of the origin's models. */
  hearModels(models: RegistrySnapshot): void
  /** Makes workers forget what they know; resolves when none of them answers by it any more. */
  forget(): Promise<void>
  /** Counts what workers have done and not told yet. */
  gather(): Promise<void>
  /** Begins the workers; rejects with the system's error where they cannot listen. */
  start(parts: PrimaryParts): Promise<PublicAddress>
  /** Resolves when all workers have ended. */
  drain(): Promise<void>
}

/** What it has from the beginning. */
export interface PrimaryOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly look: LogOptions | undefined
}

/** What is there when workers begin. */
export interface PrimaryParts {
  readonly config: Config
  readonly door: string
  readonly pseudonym: string
  readonly registry: Pick<ModelRegistry, 'lease' | 'labelPast'>
  readonly store: Pick<OwnedStore, 'touch'>
  count(group: ObservedGroup): void
  onStalled(): void
  onStoreFault(): void
}

/** Events after which workers have to open the database anew. */
const OTHER_FILE: readonly string[] = [
  'moved-aside',
  'file-gone',
  'unavailable',
  'read-only',
  'recovered',
]

/** Starts with no workers. */
export function createPrimary(options: PrimaryOptions): Primary {
  return new FirstProcess(options)
}

class FirstProcess implements Primary {
  readonly #options: PrimaryOptions
  readonly #crew
  readonly #news
  #parts: PrimaryParts | undefined
  #store: OwnedStore | undefined
  #access: Access = 'readable'
  /** The models as they were last heard of. */
  #models = ''

  constructor(options: PrimaryOptions) {
    this.#options = options
    const { clock, log, look } = options
    this.#news = createNews({
      clock,
      tell: (message) => this.#crew.tellAll(message),
      forget: () => this.forget(),
    })
    this.#crew = createCrew({
      clock,
      toBegin: (number, port) => this.#toBegin(number, port),
      hear: (member, message) => this.#hear(member, message),
      onLines: (text) => void look?.output.write(text),
      onStarted: ({ number, pid }) => log.info({ pid }, `worker ${number} answers`),
      onLost: ({ number, pid }) =>
        log.warn({ pid }, `worker ${number} has ended; another takes its place`),
    })
  }

  watch<T extends { readonly store: OwnedStore }>(stores: T): T {
    this.#store = stores.store
    return { ...stores, store: this.#news.watch(stores.store) }
  }

  hearStore({ kind }: { readonly kind: string }): void {
    const isOthers = kind === 'locked-by-other'
    if (!isOthers && !OTHER_FILE.includes(kind)) return
    this.#access = isOthers ? 'unreadable' : 'readable'
    // Now, because the file is no longer the one; and again when it has been opened anew.
    void this.forget()
    void this.#store?.flush().then(() => this.forget())
  }

  hearModels({ version, models }: RegistrySnapshot): void {
    const now = JSON.stringify([version, models])
    const isOther = now !== this.#models
    this.#models = now
    if (isOther) void this.forget()
  }

  forget(): Promise<void> {
    return this.#crew.askAll((ticket) => ({ kind: 'forget', access: this.#access, ticket }))
  }

  gather(): Promise<void> {
    return this.#crew.askAll((ticket) => ({ kind: 'gather', ticket }))
  }

  start(parts: PrimaryParts): Promise<PublicAddress> {
    this.#parts = parts
    return this.#crew.start(parts.config.workers)
  }

  drain(): Promise<void> {
    return this.#crew.drain()
  }

  #toBegin(number: number, port: number | undefined): Begin {
    const { config, door, pseudonym } = this.#given()
    const { workers, values, sources, dataDir, listen, security } = config
    const { output: _output, ...look } = this.#options.look ?? {}
    return {
      ...{ number, workers, values, sources, dataDir, door, pseudonym },
      origins: security.origins,
      listen: { host: listen.host, port: port ?? listen.port },
      look: 'level' in look ? look : undefined,
      access: this.#access,
      changing: this.#news.changing(),
    }
  }

  #hear(member: Member, message: ToPrimary): void {
    const { registry, onStalled } = this.#given()
    switch (message.kind) {
      case 'ask-lease': {
        const { ticket } = message
        void registry.lease().then((lease) => member.send({ kind: 'lease', ticket, lease }))
        break
      }
      case 'observed':
        this.#count(message.batch)
        break
      case 'touched':
        for (const { key, times } of message.touches) this.#touch(key, times)
        break
      case 'stalled':
        onStalled()
        break
      case 'store-fault':
        this.#noteFault(message.reason)
        break
      case 'up':
      case 'listening':
      case 'refused':
      case 'done':
    }
  }

  #given(): PrimaryParts {
    if (this.#parts === undefined) throw new RepriseError('internal', 'no workers were begun')
    return this.#parts
  }

  /** Labels are bounded in one place for all processes. */
  #count(batch: ObservedBatch): void {
    const { registry, count } = this.#given()
    const toLabel = (model: string): string =>
      model === 'none' || model === 'other' ? model : registry.labelPast(model)
    for (const group of toGroups(batch, toLabel)) count(group)
  }

  #touch(key: string, times: number): void {
    const { store } = this.#given()
    for (let time = 0; time < times; time++) store.touch(key)
  }

  #noteFault(reason: string): void {
    this.#given().onStoreFault()
    this.#options.log.warn({ reason }, 'the store of a worker failed; the request was handed over')
  }
}
