import { Type } from '../json-schema.ts'
import { amount, bytes, duration, flag, setting } from './shapes.ts'

/** What happens between a miss and the origin: flights, the queue, and an origin that fails. */
export const ORIGIN_SETTINGS = {
  'flight.maxBytes': bytes(
    16 * 1024 ** 2,
    'Past this size an answer takes no new followers and is not stored, in bytes.',
  ),
  'flight.maxTotalBytes': bytes(
    256 * 1024 ** 2,
    'Bytes of answers on their way that are held at once; past it new ones pass through unkept.',
  ),
  'flight.loadGraceMs': amount(
    60_000,
    'milliseconds',
    'How long a request that everybody left is kept while its model loads: Ollama throws the load away with it.',
  ),
  'flight.finishAbandoned': setting(
    Type.Union([Type.Boolean(), Type.Number({ minimum: 0, maximum: 1 })]),
    {
      fallback: false,
      help: 'Share of its num_predict past which an abandoned generation runs to its end and is stored; true is 0.5.',
      allowed: 'false, true, or a share from 0 to 1',
    },
  ),
  'queue.concurrency': amount(
    0,
    'runs',
    'Generations that are sent to Ollama at once; the rest wait in arrival order. 0: no limit.',
  ),
  'queue.maxDepth': amount(256, 'requests', 'Requests that may wait; more are answered 503.'),
  'queue.maxWaitMs': amount(
    0,
    'milliseconds',
    'How long a request may wait before it is answered 503. 0: for ever.',
  ),
  'queue.groupByLoadOptions': flag(
    false,
    'true: of the waiting, those go first that need no reload of the model.',
  ),
  'queue.groupTurns': amount(
    8,
    'turns',
    'How often a waiting request may be passed over for the sake of queue.groupByLoadOptions.',
  ),
  'stale.ifErrorSeconds': duration(
    '24h',
    'How long past its lifetime an answer is given where Ollama has none to give.',
  ),
  'stale.whileRevalidateSeconds': duration(
    '0s',
    'How long past its lifetime an answer is given while a new one is made in the background. 0: never.',
  ),
  'overload.maxEventLoopDelayMs': amount(
    1_000,
    'milliseconds',
    'Misses are answered 503 while the event loop is later than this on average. A model that takes every core makes it late by some 100 ms too. 0: never.',
  ),
  'overload.maxMemoryBytes': bytes(
    0,
    'Misses are answered 503 while the process takes more memory than this, in bytes. 0: never.',
  ),
  'metrics.enabled': flag(
    true,
    'false: nothing is counted for /metrics, which is then not there. /reprise/stats and the dashboard stay.',
  ),
  'metrics.serverTiming': flag(
    true,
    'false: answers do not say in Server-Timing where their time went.',
  ),
} as const
