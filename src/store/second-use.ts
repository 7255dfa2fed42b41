import type { Key } from './store.ts'

/** Tells what is asked for again from what is asked for once. */
export interface SecondUse {
  /** Notes a use; whether there was another one lately. */
  isSecond(key: Key): boolean
}

/** Names that are remembered: 64 KB of them, whatever they are. */
const REMEMBERED = 16_384
/** Places that a name can stand in. */
const WAYS = 8

/**
 * Who goes through everything that is stored once (a batch run again, an export) would push what is wanted
 * all the time out of a tier of recent ones: only what is used a second time is worth a place there.
 *
 * Of a name 32 bits are kept, in one of eight places that others of its bits allow, the least recently used of which
 * is given up. A table of numbers, since names that are kept are texts that live long: 270 bytes of old space for each
 * miss. One of some 500 million new names is taken for a known one, and what it names is kept a use too early.
 */
export function createSecondUse(): SecondUse {
  const places = new Uint32Array(REMEMBERED)
  return {
    isSecond(key) {
      const { set, name } = toPlace(key)
      const first = set * WAYS
      const at = find(places, first, name)
      const isKnown = places[at] === name
      // The most recently used one stands first.
      places.copyWithin(first + 1, first, at)
      places[first] = name
      return isKnown
    },
  }
}

/** Where a name stands in its set, or where it is to stand: the last place. */
function find(places: Uint32Array, first: number, name: number): number {
  const last = first + WAYS - 1
  for (let at = first; at < last; at++) if (places[at] === name) return at
  return last
}

/** Two hashes of a text that do not depend on each other (FNV-1a, with two factors), the one not zero. */
function toPlace(text: string): { set: number; name: number } {
  let one = 0x811c9dc5
  let other = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    one = Math.imul(one ^ unit, 0x01000193)
    other = Math.imul(other ^ unit, 0x9e3779b1)
    other ^= other >>> 15
  }
  return { set: ((one ^ (one >>> 15)) >>> 0) % (REMEMBERED / WAYS), name: other >>> 0 || 1 }
}
