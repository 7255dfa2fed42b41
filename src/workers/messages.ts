import type { Source } from '../config/config.ts'
import type { SettingKey, Values } from '../config/schema.ts'
import type { LogOptions } from '../log.ts'
import type { ObservedBatch } from '../metrics/observed.ts'
import type { Lease } from '../models/leased.ts'
import type { Touch } from '../store/rows.ts'
import type { Key } from '../store/store.ts'

/** Whether the database may be read by others than the process that writes it. */
export type Access = 'readable' | 'unreadable'

/** A key whose entry in the database is about to be another, and the batch in which that was told. */
export type ChangingKey = readonly [key: Key, batch: number]

/** All a worker is told when it begins: the configuration as plain values, and how things are. */
export interface Begin {
  readonly number: number
  /** How many of them there are: they share the memory. */
  readonly workers: number
  readonly values: Values
  readonly sources: Readonly<Record<SettingKey, Source>>
  readonly dataDir: string
  readonly origins: readonly string[]
  /** Where to listen; the port is the one of the first worker for all after it. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Where the first process takes what is handed over: a path of a socket, or of a pipe. */
  readonly door: string
  /** Our name in `Via`, the same for all. */
  readonly pseudonym: string
  /** How lines are written; undefined: none are. */
  readonly look: Omit<LogOptions, 'output' | 'clock'> | undefined
  readonly access: Access
  readonly changing: readonly ChangingKey[]
}

/** What the first process says to a worker. A `ticket` is answered with `done`, when all of it is done. */
export type ToWorker =
  | { readonly kind: 'begin'; readonly begin: Begin }
  /** Models, entries or the database are otherwise than before: nothing that is known holds any more. */
  | { readonly kind: 'forget'; readonly access: Access; readonly ticket: number }
  /** Until the batch is settled only the first process knows the entries of these keys. */
  | { readonly kind: 'changing'; readonly keys: readonly Key[]; readonly batch: number }
  /** The database has what was told of in this batch and in those before it. */
  | { readonly kind: 'settled'; readonly batch: number }
  | { readonly kind: 'lease'; readonly ticket: number; readonly lease: Lease | undefined }
  /** What was counted and not told yet is to be told now. */
  | { readonly kind: 'gather'; readonly ticket: number }
  /** Nothing new is taken; answered when what runs is over. */
  | { readonly kind: 'drain'; readonly ticket: number }
  /** The process is to end: nothing runs any more. */
  | { readonly kind: 'end' }

/** What a worker says to the first process. */
export type ToPrimary =
  /** It hears what it is told from now on; what was said before is lost. */
  | { readonly kind: 'up' }
  | { readonly kind: 'listening'; readonly address: PublicAddress }
  /** It cannot listen: the system's code and sentence. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'ask-lease'; readonly ticket: number }
  | { readonly kind: 'done'; readonly ticket: number }
  | { readonly kind: 'observed'; readonly batch: ObservedBatch }
  | { readonly kind: 'touched'; readonly touches: readonly Touch[] }
  /** A client that took nothing for too long was cut off. */
  | { readonly kind: 'stalled' }
  /** The store of the worker failed; what was asked of it was handed over. */
  | { readonly kind: 'store-fault'; readonly reason: string }

/** Where the server listens. */
export interface PublicAddress {
  readonly address: string
  readonly family: string
  readonly port: number
}
