/** What the table is a table of. */
export interface Records {
  /** The hash of the key that the record at a place has: 32 bits. */
  hashAt(place: number): number
  /** Whether that key is this one. */
  hasKey(place: number, key: string): boolean
}

/** Places are found by trying one slot after the other: at most half of them are taken. */
const LEAST_SLOTS = 1024

/**
 * Where records stand, by their keys, which it does not hold: a table of numbers (linear probing, removal by shifting back; Knuth, TAOCP
 * 3, 6.4, algorithms L and R). A Map would hold a text for each key, which V8 goes through, and leave its tables behind as it changes.
 */
export class PlaceTable {
  readonly #records: Records
  /** One more than a place, so that zero is none. Any whole number: 32 bits would end at 32 GB. */
  #slots = new Float64Array(LEAST_SLOTS)
  #size = 0

  constructor(records: Records) {
    this.#records = records
  }

  /** How many places it has. */
  get size(): number {
    return this.#size
  }

  find(key: string, hash: number): number | undefined {
    for (let slot = this.#home(hash); ; slot = this.#next(slot)) {
      const entry = this.#slots[slot] ?? 0
      if (entry === 0) return undefined
      if (this.#records.hashAt(entry - 1) !== hash) continue
      if (this.#records.hasKey(entry - 1, key)) return entry - 1
    }
  }

  /** Adds a place whose key is not there. */
  add(place: number, hash: number): void {
    if (2 * (this.#size + 1) > this.#slots.length) this.#grow()
    this.#insert(place, hash)
    this.#size += 1
  }

  /** Whether the place was there. */
  remove(place: number, hash: number): boolean {
    let slot = this.#home(hash)
    while (this.#slots[slot] !== place + 1) {
      if (this.#slots[slot] === 0) return false
      slot = this.#next(slot)
    }
    this.#shiftBack(slot)
    this.#size -= 1
    return true
  }

  /** All places, in no order. */
  list(): number[] {
    return Array.from(
      this.#slots.filter((entry) => entry > 0),
      (entry) => entry - 1,
    )
  }

  #home(hash: number): number {
    // The upper half as well: hashes that differ only there would all begin in one slot.
    return (hash ^ (hash >>> 16)) & (this.#slots.length - 1)
  }

  #next(slot: number): number {
    return (slot + 1) & (this.#slots.length - 1)
  }

  #insert(place: number, hash: number): void {
    let slot = this.#home(hash)
    while (this.#slots[slot] !== 0) slot = this.#next(slot)
    this.#slots[slot] = place + 1
  }

  /** Whoever was put behind a slot because it was taken moves up, so that a search may end at the first that is free. */
  #shiftBack(freed: number): void {
    let free = freed
    for (let slot = this.#next(free); this.#slots[slot] !== 0; slot = this.#next(slot)) {
      const entry = this.#slots[slot] ?? 0
      const home = this.#home(this.#records.hashAt(entry - 1))
      if (this.#distance(home, slot) < this.#distance(free, slot)) continue
      this.#slots[free] = entry
      free = slot
    }
    this.#slots[free] = 0
  }

  #distance(from: number, to: number): number {
    return (to - from) & (this.#slots.length - 1)
  }

  #grow(): void {
    const places = this.list()
    this.#slots = new Float64Array(2 * this.#slots.length)
    for (const place of places) this.#insert(place, this.#records.hashAt(place))
  }
}
