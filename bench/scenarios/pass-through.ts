import type { Scenario } from '../harness/comparison.ts'

/** What is never cached and never read. */
export const PASS_THROUGH: readonly Scenario[] = [
  {
    title: 'pass-through, GET /api/tags',
    standsFor: 'a client that lists the models before it asks, as most do',
    outcome: 'bypass',
    servers: ['reprise', 'fastify', 'origin'],
    asking: () => ({ kind: 'in-turn', questions: [{ method: 'GET', path: '/api/tags' }] }),
  },
]
