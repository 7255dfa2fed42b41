import { join } from '../ollama/frames.ts'
import type { Found } from '../store/store.ts'
import type { Batch } from './batch.ts'
import { createTokenCount } from './token-count.ts'
import type { VectorResult } from './vector-runs.ts'

/** The vectors of one batch as they come together, and what was told with them. Texts go by their places among the distinct ones. */
export interface KnownVectors {
  /** Of each distinct text; undefined where it is not at hand. */
  readonly vectors: readonly (Buffer | undefined)[]
  /** The entries that some of them are from. */
  readonly founds: readonly Found[]
  /** What the vectors cost to make that were taken of entries and calls, in ms, without loads. */
  costMs(): number
  /** In ns, of all calls that were waited for. */
  readonly durations: { readonly total: number; readonly load: number }
  /** The texts that nobody has a vector of. */
  listMissing(): number[]
  /** The texts whose vectors the store has, and that have not been taken. */
  listSeen(): number[]
  /** The store has the vector of a text. */
  see(place: number): void
  /** What was seen of a text is not there any more. */
  loseSight(place: number): void
  /** Takes the vector of a stored text. */
  takeEntry(place: number, found: Found): void
  /** Takes those vectors of a call that belong to the batch. */
  takeResult(result: Extract<VectorResult, { kind: 'vectors' }>): void
  /** Tokens of all texts, as the origin counted them; undefined where it told too little. */
  countTokens(): number | undefined
}

/** Starts with none. */
export function createKnownVectors(batch: Batch): KnownVectors {
  const { keys } = batch
  const vectors: (Buffer | undefined)[] = keys.map(() => undefined)
  const founds: Found[] = []
  /** 1 for each text that was seen and is not at hand. */
  const seen = new Uint8Array(keys.length)
  const tokens = createTokenCount(batch)
  const durations = { total: 0, load: 0 }
  let costMs = 0

  function listOpen(): number[] {
    const open: number[] = []
    for (let at = 0; at < vectors.length; at++) if (vectors[at] === undefined) open.push(at)
    return open
  }

  return {
    vectors,
    founds,
    durations,
    costMs: () => costMs,
    listMissing: () => listOpen().filter((place) => seen[place] === 0),
    listSeen: () => listOpen().filter((place) => seen[place] === 1),
    see(place) {
      seen[place] = 1
    },
    loseSight(place) {
      seen[place] = 0
    },
    takeEntry(place, found) {
      // The vector of a text stands in its entry as one frame.
      vectors[place] = join(found.entry.frames)
      founds.push(found)
      costMs += found.entry.costMs
      tokens.addEntry(place, found.entry)
    },
    takeResult({ sliced, keys: sent }) {
      const open = new Map(listOpen().map((place) => [keys[place] ?? '', place]))
      const taken: number[] = []
      for (const [index, key] of sent.entries()) {
        const place = open.get(key)
        const vector = sliced.vectors[index]
        if (place === undefined || vector === undefined) continue
        vectors[place] = vector
        taken.push(place)
      }
      // The sum of somebody else's call says nothing of the texts that are ours.
      tokens.addSum(taken, taken.length === sent.length ? sliced.tokens : undefined)
      const share = taken.length / Math.max(1, sent.length)
      costMs += (Math.max(0, sliced.totalDuration - sliced.loadDuration) / 1e6) * share
      durations.total += sliced.totalDuration
      durations.load += sliced.loadDuration
    },
    countTokens: () => tokens.count(),
  }
}
