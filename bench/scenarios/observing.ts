import type { Comparison } from '../harness/comparison.ts'
import { REPRISE_LOGGING, REPRISE_UNOBSERVED } from '../rivals/reprise.ts'
import { toQuestion } from './questions.ts'

const asking = { kind: 'in-turn', questions: [toQuestion('long', 'whole', 'observed')] } as const

/** Hits of a server that counts, times and writes down each, beside one that does nothing of it. */
export const OBSERVING: Comparison = {
  title: 'hit, whole, with metrics, Server-Timing and log',
  standsFor: 'what it costs to see what happens',
  tier: 'full',
  outcome: 'hit',
  contenders: [
    { name: 'unobserved', rival: REPRISE_UNOBSERVED, asking },
    { name: 'observed', rival: REPRISE_LOGGING, asking },
  ],
  goals: [
    {
      of: 'observed',
      beside: 'unobserved',
      figure: 'requestsPerSecond',
      bound: 'at-least',
      value: 0.95,
    },
  ],
}
