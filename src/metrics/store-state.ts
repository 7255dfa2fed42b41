/** How the store is, as an operator asks: does what is new survive a restart? */
export type StoreState =
  /** What is new is written. */
  | 'writing'
  /** What is on disk is given, nothing new is written. */
  | 'read-only'
  /** The disk cannot be used: everything is in memory only. */
  | 'memory-only'
  /** There is nothing to write: the cache is switched off. */
  | 'off'

/** All of them. */
export const STORE_STATES: readonly StoreState[] = ['writing', 'read-only', 'memory-only', 'off']

/** What the events of the store say of its state; the others say nothing of it. */
const AFTER: Readonly<Record<string, StoreState>> = {
  'locked-by-other': 'memory-only',
  unavailable: 'memory-only',
  'read-only': 'read-only',
  'write-failed': 'read-only',
  recovered: 'writing',
  committed: 'writing',
}

/** The state after an event of the store. */
export function toStoreState(before: StoreState, event: string): StoreState {
  return AFTER[event] ?? before
}
