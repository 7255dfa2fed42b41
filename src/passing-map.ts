/**
 * A map of what comes and goes. A Map of V8's leaves its old tables behind as it changes, each pointing to the next: one that
 * has lived through two small collections keeps all that follow, and what stood in them, until the whole heap is gone
 * through (ARCHITECTURE.md, "Departures"). This one moves to a new Map, which no table points to, before long.
 */
export class PassingMap<K, V> {
  #map = new Map<K, V>()
  #removed = 0

  get size(): number {
    return this.#map.size
  }

  get(key: K): V | undefined {
    return this.#map.get(key)
  }

  set(key: K, value: V): void {
    this.#map.set(key, value)
  }

  /** Whether there was one. */
  delete(key: K): boolean {
    if (!this.#map.delete(key)) return false
    this.#removed += 1
    if (this.#removed >= Math.max(LEAST_REMOVED, this.#map.size)) this.#move(this.#map)
    return true
  }

  clear(): void {
    this.#move()
  }

  #move(present?: Map<K, V>): void {
    this.#map = new Map(present)
    this.#removed = 0
  }
}

/** So many are removed before moving is worth it. */
const LEAST_REMOVED = 128
