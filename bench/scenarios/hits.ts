import type { Comparison } from '../harness/comparison.ts'
import { DIRECT } from '../rivals/direct.ts'
import { FASTIFY } from '../rivals/fastify.ts'
import { NGINX } from '../rivals/nginx.ts'
import { NODE_HTTP } from '../rivals/node-http.ts'
import { REPRISE, REPRISE_LOGGING } from '../rivals/reprise.ts'
import { VARNISH } from '../rivals/varnish.ts'
import { askAllOneThing } from './questions.ts'

const ALL = [REPRISE, FASTIFY, NODE_HTTP, NGINX, VARNISH, DIRECT]
const OF_REPRISE = { of: 'reprise', figure: 'requestsPerSecond', bound: 'at-least' } as const

/** One question, asked again and again, by every client at once; the answer is 1.4 KB in one piece. */
export const HITS: Comparison = {
  title: 'hit, whole, 1 KB of text',
  standsFor: 'a test suite or an agent that asks the same question again',
  tier: 'quick',
  outcome: 'hit',
  picture: 'hits',
  contenders: askAllOneThing(ALL, 'long', 'whole'),
  goals: [
    { ...OF_REPRISE, beside: 'fastify', value: 0.9 },
    { ...OF_REPRISE, beside: 'nginx', value: 0.8 },
    { ...OF_REPRISE, beside: 'varnish', value: 1 },
  ],
}

/** The same, with nobody else about. */
export const HITS_ALONE: Comparison = {
  title: 'hit, whole, 1 KB of text, one connection',
  standsFor: 'a person or a script that waits for each answer',
  tier: 'quick',
  outcome: 'hit',
  connections: 1,
  contenders: askAllOneThing([REPRISE, FASTIFY, NODE_HTTP, NGINX, VARNISH], 'long', 'whole'),
  goals: [{ of: 'reprise', beside: 'fastify', figure: 'p50Ms', bound: 'at-most', value: 1.15 }],
}

/** 100 frames, 11 KB, each in a transfer chunk of its own; nginx and Varnish send the same bytes as they like. */
export const STREAMED_HITS: Comparison = {
  title: 'hit, streamed, 100 frames',
  standsFor: 'a chat window that asks for a stream, as most do',
  tier: 'quick',
  outcome: 'hit',
  picture: 'streamed-hits',
  contenders: askAllOneThing(ALL, 'long', 'stream'),
  goals: [{ ...OF_REPRISE, beside: 'nginx', value: 0.8 }],
}

/** What writing a line for each request costs. */
export const HITS_LOGGED: Comparison = {
  title: 'hit, streamed, 12 frames, with and without a log',
  standsFor: 'the same as it is installed: one line of JSON for each request',
  tier: 'full',
  outcome: 'hit',
  contenders: askAllOneThing([REPRISE, REPRISE_LOGGING, FASTIFY], 'short', 'stream'),
  goals: [],
}
