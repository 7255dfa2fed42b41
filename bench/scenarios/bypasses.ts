import type { Comparison } from '../harness/comparison.ts'
import { DIRECT } from '../rivals/direct.ts'
import { NGINX } from '../rivals/nginx.ts'
import { REPLY_FROM } from '../rivals/reply-from.ts'
import { REPRISE } from '../rivals/reprise.ts'
import { askAllNewThings } from './questions.ts'

const ALL = [REPRISE, REPLY_FROM, NGINX, DIRECT]

/** Unflattering: a temperature that asks for variety. Reprise reads, puts parameters in, and keeps nothing. */
export const SAMPLED: Comparison = {
  title: 'bypass, streamed, 100 frames, temperature 0.9',
  standsFor: 'a writer who wants another text each time: the cache is of no use',
  tier: 'full',
  outcome: 'bypass',
  contenders: askAllNewThings(ALL, 'long', 'stream', 0.9),
  goals: [],
}

/** What is never cached and never read. */
export const PASS_THROUGH: Comparison = {
  title: 'pass-through, GET /api/tags',
  standsFor: 'a client that lists the models before it asks, as most do',
  tier: 'full',
  outcome: 'bypass',
  contenders: ALL.map((rival) => ({
    rival,
    asking: { kind: 'in-turn', questions: [{ method: 'GET', path: '/api/tags' }] },
  })),
  goals: [],
}
