import type { Policy } from './policy.ts'
import { createRandom } from './trace.ts'

/** How often something was asked for, as src/store/worth.ts has it. */
interface Popularity {
  readonly weight: number
  readonly asOf: number
}
interface Era {
  readonly puts: number
}
interface Candidate extends Popularity {
  readonly answer: number
  readonly costMs: number
  readonly bytes: number
}

/** What is taken from src/store/worth.ts. */
interface Worth {
  readonly SAMPLE_ROWS: number
  toEra(puts: number, entries: number): Era
  toWeight(popularity: Popularity, era: Era): number
  addTimes(before: Popularity | undefined, times: number, era: Era): Popularity
  chooseVictims(sample: readonly Candidate[], wantedBytes: number, era: Era): Candidate[]
}
interface Remembered {
  keep(key: string, popularity: Popularity): void
  take(key: string): Popularity | undefined
}

/** Of what was built: the very functions that the store runs. */
const STORE = new URL('../../dist/store/', import.meta.url)
const worth = (await import(new URL('worth.js', STORE).href)) as Worth
const { createRemembered } = (await import(new URL('remembered.js', STORE).href)) as {
  createRemembered(): Remembered
}

/** Once it is full, so much of the capacity is made free at a time. */
const EASED_SHARE = 0.995

/**
 * What the store does, over rows in memory: sample, remove what is worth least, remember how popular it
 * was. Rows are drawn evenly; the store draws them by places of its key index, which are as even.
 */
export const byWorth: Policy = ({ bytes, costMs }, capacity) => {
  const random = createRandom(7)
  const places = new Map<number, number>()
  const rows: number[] = []
  const popularities: Popularity[] = []
  const remembered = createRemembered()
  let used = 0
  let puts = 0
  const era = (): Era => worth.toEra(puts, rows.length)

  function draw(): Candidate[] {
    const drawn = new Map<number, Candidate>()
    for (let i = 0; i < worth.SAMPLE_ROWS; i++) {
      const place = Math.floor(random() * rows.length)
      const answer = rows[place]!
      const said = { answer, costMs: costMs[answer]!, bytes: bytes[answer]! }
      drawn.set(answer, { ...said, ...popularities[place]! })
    }
    return [...drawn.values()]
  }

  function evict(wantedBytes: number): void {
    const now = era()
    for (const victim of worth.chooseVictims(draw(), wantedBytes, now)) {
      const weight = worth.toWeight(victim, now)
      remembered.keep(String(victim.answer), { weight, asOf: now.puts })
      remove(victim.answer)
    }
  }

  function remove(answer: number): void {
    const place = places.get(answer)!
    const last = rows.pop()!
    const popularity = popularities.pop()!
    places.delete(answer)
    used -= bytes[answer]!
    if (last === answer) return
    rows[place] = last
    popularities[place] = popularity
    places.set(last, place)
  }

  return {
    ask(answer) {
      const place = places.get(answer)
      if (place !== undefined) {
        popularities[place] = worth.addTimes(popularities[place], 1, era())
        return true
      }
      puts += 1
      places.set(answer, rows.push(answer) - 1)
      popularities.push(worth.addTimes(remembered.take(String(answer)), 1, era()))
      used += bytes[answer]!
      if (used <= capacity) return false
      while (used > capacity * EASED_SHARE && rows.length > 0) evict(used - capacity * EASED_SHARE)
      return false
    },
  }
}
