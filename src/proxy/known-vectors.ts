import type { Found, Key } from '../store/store.ts'
import type { Batch } from './batch.ts'
import { type CallTokens, readCallTokens } from './call-tokens.ts'
import type { VectorResult } from './vector-runs.ts'

/** The vectors of one batch as they come together, and what was told with them. */
export interface KnownVectors {
  readonly vectors: ReadonlyMap<Key, Buffer>
  /** The entries that some of them are from. */
  readonly founds: readonly Found[]
  /** What the vectors cost to make that were taken of entries and calls, in ms, without loads. */
  readonly costMs: number
  /** In ns, of all calls that were waited for. */
  readonly durations: { readonly total: number; readonly load: number }
  /** The texts that have no vector, as places among the distinct ones. */
  listMissing(): number[]
  /** Takes the vector of a stored text. */
  takeEntry(key: Key, found: Found): void
  /** Takes those vectors of a call that belong to the batch. */
  takeResult(result: Extract<VectorResult, { kind: 'vectors' }>): void
  /** Tokens of all texts, as the origin counted them; undefined where it told too little. */
  countTokens(): number | undefined
}

/** Texts of which only the sum of their tokens is told. */
interface Counted {
  readonly keys: readonly Key[]
  readonly tokens: number | undefined
}

/** Known texts that came with one call. */
interface Earlier {
  readonly call: CallTokens
  readonly keys: Key[]
}

/** Starts with none. */
export function createKnownVectors({ keys, inputs }: Batch): KnownVectors {
  const vectors = new Map<Key, Buffer>()
  const founds: Found[] = []
  const counted: Counted[] = []
  const calls = new Map<string, Earlier>()
  const durations = { total: 0, load: 0 }
  const own = new Set(keys)
  let costMs = 0

  return {
    vectors,
    founds,
    durations,
    get costMs() {
      return costMs
    },
    listMissing: () => keys.flatMap((key, index) => (vectors.has(key) ? [] : [index])),
    takeEntry(key, found) {
      const { frames, tokens } = found.entry
      vectors.set(key, toVector(frames))
      founds.push(found)
      costMs += found.entry.costMs
      const call = readCallTokens(found.entry)
      const earlier = call && calls.get(call.call)
      if (earlier !== undefined) earlier.keys.push(key)
      else if (call !== undefined) calls.set(call.call, { call, keys: [key] })
      // Of one text of several the origin did not say how many tokens it has.
      else counted.push({ keys: [key], tokens: tokens > 0 ? tokens : undefined })
    },
    takeResult(result) {
      const { sliced } = result
      const taken = new Set(result.keys.filter((key) => own.has(key) && !vectors.has(key)))
      const isAllOurs = taken.size === result.keys.length
      for (const [place, key] of result.keys.entries()) {
        const vector = sliced.vectors[place]
        if (vector !== undefined && taken.has(key)) vectors.set(key, vector)
      }
      // The sum of somebody else's call says nothing of the texts that are ours.
      counted.push({ keys: [...taken], tokens: isAllOurs ? sliced.tokens : undefined })
      const share = taken.size / Math.max(1, result.keys.length)
      costMs += (Math.max(0, sliced.totalDuration - sliced.loadDuration) / 1e6) * share
      durations.total += sliced.totalDuration
      durations.load += sliced.loadDuration
    },
    countTokens() {
      const earlier = [...calls.values()].map((each) => toCounted(each))
      return countTokens([...counted, ...earlier], countPlaces(keys, inputs.order))
    },
  }
}

/** The vector of a text stands in its entry as one frame. */
function toVector(frames: readonly Buffer[]): Buffer {
  const [first] = frames
  return first !== undefined && frames.length === 1 ? first : Buffer.concat(frames)
}

/** Of some texts of a call the origin did not say how many tokens they have. */
function toCounted({ call, keys }: Earlier): Counted {
  return { keys, tokens: keys.length === call.texts ? call.tokens : undefined }
}

/** How often each text stands in the request. */
function countPlaces(keys: readonly Key[], order: readonly number[]): ReadonlyMap<Key, number> {
  const places = new Map<Key, number>()
  for (const index of order) {
    const key = keys[index] ?? ''
    places.set(key, (places.get(key) ?? 0) + 1)
  }
  return places
}

/** Ollama sums over all texts, so that a text counts each time it stands there. */
function countTokens(
  counted: readonly Counted[],
  places: ReadonlyMap<Key, number>,
): number | undefined {
  let sum = 0
  for (const { keys, tokens } of counted) {
    const times = new Set(keys.map((key) => places.get(key) ?? 0))
    const [often = 0] = times
    // Nobody says how much of a sum was the text that stands there more often than the others.
    if (tokens === undefined || times.size > 1) return undefined
    sum += tokens * often
  }
  return sum
}
