import type { Clock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { isLoopback } from '../config/loopback.ts'
import { createLeasedRegistry, type LeasedRegistry } from '../models/leased.ts'
import { createMemoryStore } from '../store/memory.ts'
import { createReplica } from '../store/replica.ts'
import type { Key, Store } from '../store/store.ts'
import { createTieredStore } from '../store/tiered.ts'
import { shareMemory } from '../stores.ts'
import type { Begin, ToPrimary, ToWorker } from './messages.ts'
import { createTickets } from './tickets.ts'

/** What a worker knows and where from: everything the first process says of entries and models. */
export interface Knowledge {
  readonly registry: LeasedRegistry
  readonly store: Pick<Store, 'get' | 'recall' | 'survey' | 'touch'>
  /** Takes what changes it. */
  hear(message: Extract<ToWorker, { kind: 'forget' | 'changing' | 'settled' | 'lease' }>): void
  /** Hands over the hits that were counted. */
  handOverTouches(): void
  close(): void
}

/** What it needs of the rest. */
export interface KnowledgeOptions {
  readonly config: Config
  readonly clock: Clock
  readonly begin: Pick<Begin, 'access' | 'changing'>
  send(message: ToPrimary): void
}

/** Starts with nothing but the file. */
export function createKnowledge({ config, clock, begin, send }: KnowledgeOptions): Knowledge {
  const leases = createTickets<Extract<ToWorker, { kind: 'lease' }>['lease']>()
  const registry = createLeasedRegistry({
    clock,
    place: isLoopback(config.upstream.hostname) ? 'this-machine' : 'elsewhere',
    ask: () => leases.ask((ticket) => send({ kind: 'ask-lease', ticket })),
  })
  const memory = createMemoryStore(shareMemory(config), () => clock.now())
  const replica = createReplica({
    ...{ dataDir: config.dataDir, access: begin.access, clock },
    onTouches: (touches) => send({ kind: 'touched', touches }),
  })
  const tiers = createTieredStore([memory, replica], (error) =>
    send({ kind: 'store-fault', reason: String(error) }),
  )
  const changing = new Map<Key, number>(begin.changing)

  return {
    registry,
    // What is about to be another in the file is what it was there: the first process has it already.
    store: {
      get: (key) => (changing.has(key) ? undefined : tiers.get(key)),
      recall: (key) => (changing.has(key) ? undefined : tiers.recall?.(key)),
      survey: (keys) =>
        keys.some((key) => changing.has(key)) ? keys.map(() => undefined) : tiers.survey(keys),
      touch: (key) => tiers.touch(key),
    },
    hear(message) {
      switch (message.kind) {
        case 'forget':
          registry.forget()
          void memory.close()
          replica.reopen(message.access)
          break
        case 'changing':
          for (const key of message.keys) {
            changing.set(key, message.batch)
            memory.remove(key)
          }
          break
        case 'settled':
          for (const [key, batch] of changing) if (batch <= message.batch) changing.delete(key)
          break
        case 'lease':
          leases.settle(message.ticket, message.lease)
      }
    },
    handOverTouches: () => replica.handOverTouches(),
    close: () => void replica.close(),
  }
}
