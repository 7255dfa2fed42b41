import type { Comparison } from '../harness/comparison.ts'
import { DIRECT } from '../rivals/direct.ts'
import { NGINX } from '../rivals/nginx.ts'
import { NODE_HTTP } from '../rivals/node-http.ts'
import { askAllOneThing } from './questions.ts'

const USUAL = askAllOneThing([DIRECT, NGINX, NODE_HTTP], 'long', 'whole')

/** Who is busy first: where a server is not, the figure is the load generator's. */
export const DRIVERS: Comparison = {
  title: 'load generators, the same servers asked by two',
  standsFor: 'nothing in practice: what the other figures can be trusted for',
  tier: 'full',
  outcome: 'hit',
  contenders: [
    ...USUAL.map((each) => ({ ...each, name: `${each.rival.name}, usual` })),
    ...USUAL.map((each) => ({
      ...each,
      name: `${each.rival.name}, autocannon`,
      driver: 'autocannon' as const,
    })),
  ],
  goals: [],
}
