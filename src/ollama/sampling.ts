import type { Document } from './document.ts'
import { readOption } from './options.ts'

/** When the answer to a sampled request may be given again. */
export interface SamplingRules {
  /** Requests up to this temperature are reused (`sampling.maxTemperature`). */
  readonly maxTemperature: number
  /** What a request without a temperature is taken for (`sampling.absent`). */
  readonly absent: 'reuse' | 'bypass'
}

/** What llama.cpp reads as "no seed": -1 in its 32 bits. Wider seeds are cut to 32 bits. */
const RANDOM_SEED = 0xffffffff
const SEEDS = 2 ** 32

/**
 * Whether the answer may be given again, or the request asks for variety. Reusable: no temperature
 * (unless the rules are strict), a low one, `top_k: 1`, or an explicit seed (reuse.md, Sampling).
 */
export function judgeSampling(
  document: Document,
  rules: SamplingRules,
): 'reusable' | 'temperature' {
  if (isPinned(document)) return 'reusable'
  const temperature = readOption(document, 'temperature')
  // A temperature of another type is Ollama's 500: there is nothing to give again.
  if (temperature === 'foreign') return 'reusable'
  if (temperature === 'absent') return rules.absent === 'reuse' ? 'reusable' : 'temperature'
  return temperature <= rules.maxTemperature ? 'reusable' : 'temperature'
}

/** Whether the same request always gets the same answer: greedy, or seeded. */
export function isDeterministic(document: Document): boolean {
  return isPinned(document) || readOption(document, 'temperature') === 0
}

/** Whether the options leave nothing to chance whatever the temperature: greedy, or seeded. */
function isPinned(document: Document): boolean {
  const topK = readOption(document, 'top_k')
  if (typeof topK === 'number' && Math.trunc(topK) === 1) return true
  const seed = readOption(document, 'seed')
  return typeof seed === 'number' && seed >= 0 && Math.trunc(seed) % SEEDS !== RANDOM_SEED
}
