import { PassingMap } from '../passing-map.ts'

/**
 * Those who are there now, by their own key or none. Not a Map or Set of them: V8's tables of those are copied
 * every few changes, and each old table, once it has lived through two collections, keeps the next one and all
 * that stood in it until the whole heap is gone through (`passing-map.ts`). In front of a fast origin every flight with its request
 * and its frames was kept so: 28 KB for each miss, all of it copied twice.
 */
export interface Roster<K, T> {
  readonly size: number
  /** Takes one in; with a key it takes the place of whoever had it. */
  add(member: T, key: K | undefined): Place<T>
  find(key: K): T | undefined
  /** No longer found under the key, where the place has it still. */
  close(place: Place<T>, key: K): void
  /** Forgets who stands there. Safe to call again. */
  remove(place: Place<T>): void
  /** Adds up what is read of each, in no order. */
  sum(read: (member: T) => number): number
}

/** Where somebody stands: what the tables hold, so that they hold nobody who is gone. */
export interface Place<T> {
  /** Undefined once nobody stands there. */
  readonly member: T | undefined
}

/** Starts with nobody. */
export function createRoster<K, T>(): Roster<K, T> {
  return new Standings()
}

class Standings<K, T> implements Roster<K, T> {
  readonly #byKey = new PassingMap<K, Standing<T>>()
  readonly #all: Standing<T>[] = []

  get size(): number {
    return this.#all.length
  }

  add(member: T, key: K | undefined): Place<T> {
    const place: Standing<T> = { member, index: this.#all.length }
    this.#all.push(place)
    if (key !== undefined) this.#byKey.set(key, place)
    return place
  }

  find(key: K): T | undefined {
    return this.#byKey.get(key)?.member
  }

  close(place: Place<T>, key: K): void {
    if (this.#byKey.get(key) === place) this.#byKey.delete(key)
  }

  remove(place: Place<T>): void {
    const standing = place as Standing<T>
    const last = this.#all.at(-1)
    if (standing.member === undefined || last === undefined) return
    // The last one moves to the place that is free.
    this.#all[standing.index] = last
    last.index = standing.index
    this.#all.pop()
    standing.member = undefined
  }

  sum(read: (member: T) => number): number {
    let total = 0
    for (const { member } of this.#all) if (member !== undefined) total += read(member)
    return total
  }
}

interface Standing<T> {
  member: T | undefined
  index: number
}
