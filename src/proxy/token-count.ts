import type { Entry } from '../store/store.ts'
import type { Batch } from './batch.ts'
import { type CallTokens, readCallTokens } from './call-tokens.ts'

/** The tokens of a batch, as far as they were told. Texts go by their places among the distinct ones. */
export interface TokenCount {
  /** What the entry of a text says. */
  addEntry(place: number, entry: Entry): void
  /** What a call told of some texts together; undefined where that is nothing. */
  addSum(places: readonly number[], tokens: number | undefined): void
  /** Of all texts; undefined where too little was told. */
  count(): number | undefined
}

/** Texts of which only the sum of their tokens is told. */
interface Counted {
  readonly places: readonly number[]
  readonly tokens: number | undefined
}

/** Known texts that came with one call. */
interface Earlier {
  readonly call: CallTokens
  readonly places: number[]
}

/** Starts with nothing told. */
export function createTokenCount({ inputs }: Batch): TokenCount {
  const counted: Counted[] = []
  const calls = new Map<string, Earlier>()
  /** Entries that came together have the same parts: those of the last one need not be read again. */
  let last: { readonly parts: Entry['parts']; readonly earlier: Earlier } | undefined

  function findCall(entry: Entry): Earlier | undefined {
    if (last !== undefined && last.parts === entry.parts) return last.earlier
    const call = readCallTokens(entry)
    if (call === undefined) return undefined
    const earlier = calls.get(call.call) ?? { call, places: [] }
    calls.set(call.call, earlier)
    last = { parts: entry.parts, earlier }
    return earlier
  }

  return {
    addEntry(place, entry) {
      const earlier = findCall(entry)
      if (earlier !== undefined) earlier.places.push(place)
      // Of one text of several the origin did not say how many tokens it has.
      else counted.push({ places: [place], tokens: entry.tokens > 0 ? entry.tokens : undefined })
    },
    addSum: (places, tokens) => void counted.push({ places, tokens }),
    count() {
      const earlier = [...calls.values()].map((each) => toCounted(each))
      return sum([...counted, ...earlier], countTimes(inputs))
    },
  }
}

/** Of some texts of a call the origin did not say how many tokens they have. */
function toCounted({ call, places }: Earlier): Counted {
  return { places, tokens: places.length === call.texts ? call.tokens : undefined }
}

/** How often each text stands in the request. */
function countTimes({ distinct, order }: Batch['inputs']): readonly number[] {
  const times = distinct.map(() => 0)
  for (const place of order) times[place] = (times[place] ?? 0) + 1
  return times
}

/** Ollama sums over all texts, so that a text counts each time it stands there. */
function sum(counted: readonly Counted[], times: readonly number[]): number | undefined {
  let total = 0
  for (const { places, tokens } of counted) {
    const often = places.length === 0 ? 0 : (times[places[0] ?? 0] ?? 0)
    // Nobody says how much of a sum was the text that stands there more often than the others.
    if (tokens === undefined || places.some((place) => times[place] !== often)) return undefined
    total += tokens * often
  }
  return total
}
