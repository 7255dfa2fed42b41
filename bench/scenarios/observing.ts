import type { Comparison } from '../harness/comparison.ts'
import { REPRISE_LOGGING, REPRISE_SILENT, REPRISE_UNOBSERVED } from '../rivals/reprise.ts'
import { toQuestion } from './questions.ts'

const asking = { kind: 'in-turn', questions: [toQuestion('long', 'whole', 'observed')] } as const

/**
 * Hits of a server that counts and writes down each, beside one that does neither, and one that does not even tell
 * its clients where the time went.
 */
export const OBSERVING: Comparison = {
  title: 'hit, whole, with and without metrics and log',
  standsFor: 'what it costs to see what happens',
  tier: 'full',
  outcome: 'hit',
  contenders: [
    { name: 'silent', rival: REPRISE_SILENT, asking },
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
