import type { Comparison } from '../harness/comparison.ts'
import { DIRECT } from '../rivals/direct.ts'
import { NGINX } from '../rivals/nginx.ts'
import { REPLY_FROM } from '../rivals/reply-from.ts'
import { REPRISE } from '../rivals/reprise.ts'
import { askAllNewThings, type Shape } from './questions.ts'

const ALL = [REPRISE, REPLY_FROM, NGINX, DIRECT]

/**
 * Unflattering: every prompt is new, and the origin needs no time, so that all that is seen is what
 * Reprise adds. For a whole answer the others are sent 1.4 KB at once, Reprise 100 frames.
 */
function neverAsked(shape: Shape): Comparison {
  return {
    title: `miss, ${shape === 'whole' ? 'whole, 1 KB of text' : 'streamed, 100 frames'}`,
    standsFor: 'a first run: every question is new, is forwarded, and its answer recorded',
    tier: 'quick',
    outcome: 'miss',
    picture: shape === 'whole' ? 'misses' : 'streamed-misses',
    contenders: askAllNewThings(ALL, 'long', shape),
    goals: [
      {
        of: 'reprise',
        beside: 'reply-from',
        figure: 'requestsPerSecond',
        bound: 'at-least',
        value: 0.6,
      },
    ],
  }
}

/** Answers that are not known, in one piece. */
export const MISSES: Comparison = neverAsked('whole')

/** Answers that are not known, frame by frame. */
export const STREAMED_MISSES: Comparison = neverAsked('stream')
