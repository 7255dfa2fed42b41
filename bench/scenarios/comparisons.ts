import type { Comparison } from '../harness/comparison.ts'
import { PASS_THROUGH, SAMPLED } from './bypasses.ts'
import { DRIVERS } from './drivers.ts'
import { HIT_PATHS } from './hit-paths.ts'
import { HITS, HITS_ALONE, HITS_LOGGED, STREAMED_HITS } from './hits.ts'
import { MISSES, STREAMED_MISSES } from './misses.ts'

/** What servers are compared in, in the order in which it is measured. */
export const COMPARISONS: readonly Comparison[] = [
  HITS,
  HITS_ALONE,
  STREAMED_HITS,
  MISSES,
  STREAMED_MISSES,
  SAMPLED,
  HIT_PATHS,
  HITS_LOGGED,
  PASS_THROUGH,
  DRIVERS,
]
