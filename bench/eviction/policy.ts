import type { Trace } from './trace.ts'

/** A cache of a fixed size. */
export interface Cache {
  /** Whether the answer is there; it is afterwards. */
  ask(answer: number): boolean
}

/** Makes a cache for a trace; `capacity` in bytes. */
export type Policy = (trace: Trace, capacity: number) => Cache

/** Shares of 1. */
export interface Savings {
  /** Of the time it takes to generate everything that is asked for. */
  readonly time: number
  readonly hits: number
}

/** What a policy saves of a trace, counted from an empty cache. */
export function replay(trace: Trace, policy: Policy, capacity: number): Savings {
  const cache = policy(trace, capacity)
  let savedMs = 0
  let allMs = 0
  let hits = 0
  for (const answer of trace.asked) {
    const costMs = trace.costMs[answer]!
    allMs += costMs
    if (!cache.ask(answer)) continue
    savedMs += costMs
    hits += 1
  }
  return { time: savedMs / allMs, hits: hits / trace.asked.length }
}

/** Nothing ever goes: what no policy can surpass. */
export const boundless: Policy = () => {
  const held = new Set<number>()
  return {
    ask(answer) {
      const isHit = held.has(answer)
      held.add(answer)
      return isHit
    },
  }
}

/** The least recently used goes. */
export const lru: Policy = ({ bytes }, capacity) => {
  const held = new Set<number>()
  let used = 0
  return {
    ask(answer) {
      const isHit = held.delete(answer)
      held.add(answer)
      if (isHit) return true
      used += bytes[answer]!
      for (const oldest of held) {
        if (used <= capacity) break
        held.delete(oldest)
        used -= bytes[oldest]!
      }
      return false
    },
  }
}
