import type { Scenario } from '../harness/comparison.ts'
import { type Shape, toNewQuestion } from './questions.ts'

/**
 * The origin needs no time, so this is the worst case: all that is seen is what Reprise adds. For a
 * whole answer the origin called directly sends 1.4 KB at once, to Reprise it streams 100 frames.
 */
function neverAsked(shape: Shape): Scenario {
  return {
    title: `miss, ${shape}, long`,
    standsFor: 'a first run: every question is new, is forwarded, and its answer recorded',
    outcome: 'miss',
    servers: ['reprise', 'reprise+log', 'fastify', 'origin'],
    asking: (server) => ({ kind: 'always-new', ask: () => toNewQuestion(server, 'long', shape) }),
  }
}

/** Answers that are not known. */
export const MISSES: readonly Scenario[] = [neverAsked('whole'), neverAsked('stream')]
