import type { Comparison, Contender } from '../harness/comparison.ts'
import type { Question } from '../harness/load.ts'
import { REPRISE, REPRISE_ON_DISK } from '../rivals/reprise.ts'
import { toQuestion } from './questions.ts'

/** Enough that what was remembered of one body is of no use for the next, few enough for the memory tier. */
const MANY = 2_000

const ONE = toQuestion('long', 'whole', 'repeated')

/** White space that Ollama does not see, in as many ways: each is tokenized before it is known. */
function respell({ body = '', ...rest }: Question): Question[] {
  return Array.from({ length: MANY }, (_, index) => {
    const gap = ' '.repeat(1 + (index % 40))
    const other = '\n'.repeat(1 + Math.floor(index / 40))
    return { ...rest, body: body.replace('{', `{${gap}`).replace(/}$/, `${other}}`) }
  })
}

const contenders: readonly Contender[] = [
  { name: 'same bytes', rival: REPRISE, asking: { kind: 'in-turn', questions: [ONE] } },
  {
    name: 'other white space',
    rival: REPRISE,
    asking: { kind: 'in-turn', questions: respell(ONE) },
  },
  {
    name: `${MANY} questions`,
    rival: REPRISE,
    asking: {
      kind: 'in-turn',
      questions: Array.from({ length: MANY }, (_, index) => toQuestion('long', 'whole', index)),
    },
  },
  { name: 'from SQLite', rival: REPRISE_ON_DISK, asking: { kind: 'in-turn', questions: [ONE] } },
]

const BESIDE = { beside: 'same bytes', figure: 'requestsPerSecond', bound: 'at-least' } as const

/** The ways to a hit that are not the shortest. */
export const HIT_PATHS: Comparison = {
  title: 'hit, whole, by the way it is found',
  standsFor: 'another client with the same question; a batch run a second time; a cold start',
  tier: 'full',
  outcome: 'hit',
  picture: 'hit-paths',
  contenders,
  goals: [
    { ...BESIDE, of: 'other white space', value: 0.6 },
    { ...BESIDE, of: 'from SQLite', value: 0.4 },
  ],
}
