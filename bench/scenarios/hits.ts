import type { Size } from '../harness/answers.ts'
import type { Scenario } from '../harness/comparison.ts'
import { type Shape, toQuestion } from './questions.ts'

/** Enough that what was remembered of one body is of no use for the next, few enough for the memory tier. */
const MANY = 2_000

/** One question, asked again and again, by every client at once. */
function repeated(size: Size, shape: Shape): Scenario {
  return {
    title: `hit, ${shape}, ${size}`,
    standsFor: 'a test suite or an agent that asks the same question again',
    outcome: 'hit',
    servers: ['reprise', 'reprise+log', 'fastify', 'origin'],
    asking: (server) => ({
      kind: 'in-turn',
      questions: [toQuestion(server, size, shape, 'repeated')],
    }),
  }
}

/** Hits on many entries, each asked for in turn. */
const MANY_QUESTIONS: Scenario = {
  title: `hit, whole, long, ${MANY} questions`,
  standsFor: 'a batch that is run a second time: every question once, all of them known',
  outcome: 'hit',
  servers: ['reprise', 'fastify', 'origin'],
  asking: (server) => ({
    kind: 'in-turn',
    questions: Array.from({ length: MANY }, (_, index) =>
      toQuestion(server, 'long', 'whole', index),
    ),
  }),
}

/** Answers that are known. */
export const HITS: readonly Scenario[] = [
  repeated('long', 'whole'),
  repeated('short', 'stream'),
  repeated('long', 'stream'),
  MANY_QUESTIONS,
]
