import { Type } from '../json-schema.ts'
import { bytes, DURATION, DURATION_ALLOWED, duration, flag, setting } from './shapes.ts'

/** What is kept, for how long, and which answers may be given again. */
export const CACHE_SETTINGS = {
  'cache.enabled': flag(true, 'false: no look-up and no store; parameters are still put in.'),
  'cache.maxBytes': bytes(
    1024 ** 3,
    'Budget of the database file, its write-ahead log and shared memory together, in bytes.',
  ),
  'cache.memoryMaxBytes': bytes(64 * 1024 ** 2, 'Budget of the entries held in memory in bytes.'),
  'cache.maxBodyBytes': bytes(
    32 * 1024 ** 2,
    'Larger request bodies are passed through untouched, in bytes.',
  ),
  'ttl.text': duration('30d', 'Lifetime of answers to text.'),
  'ttl.vision': duration('30d', 'Lifetime of answers to images.'),
  'ttl.embedding': duration('30d', 'Lifetime of embeddings.'),
  'ttl.external': duration('24h', 'Lifetime of answers of external APIs (reserved).'),
  'ttl.models': setting(Type.Record(Type.String(), DURATION), {
    fallback: {},
    help: 'Lifetimes by model, instead of those by kind.',
    allowed: `an object of model names and durations: ${DURATION_ALLOWED}`,
  }),
  'ttl.routes': setting(Type.Record(Type.String({ pattern: '^/' }), DURATION), {
    fallback: {},
    help: 'Lifetimes by route, instead of those by kind; a * at the end stands for anything.',
    allowed: `an object of paths, as "/api/chat" or "/v1/*", and durations: ${DURATION_ALLOWED}`,
  }),
  'ttl.max': duration('365d', 'No lifetime is longer than this, whoever asks for it.'),
  'ttl.fromClient': flag(
    false,
    'true: a client may choose the lifetime of an answer with X-Reprise-TTL, in seconds.',
  ),
  'cache.variants': setting(Type.Integer({ minimum: 1, maximum: 100 }), {
    fallback: 1,
    help: 'Answers kept for one question that is not pinned by temperature 0, top_k 1 or a seed, and given in turn.',
    allowed: 'an integer from 1 to 100',
  }),
  'embeddings.maxBatch': setting(Type.Integer({ minimum: 1 }), {
    fallback: 64,
    help: 'Texts of one call to Ollama where a batch is split, so that other clients have their turn between two calls. A batch that lacks fewer than twice as many is one call.',
    allowed: 'an integer, 1 or more',
  }),
  'embeddings.share': setting(Type.Number({ minimum: 0, maximum: 1 }), {
    fallback: 0.25,
    help: 'Share of cache.maxBytes that embeddings may take at most.',
    allowed: 'a share from 0 to 1',
  }),
  'dialects.translate': flag(
    true,
    'true: requests of /v1/chat/completions, /v1/completions and /v1/embeddings are sent as the native ones that Ollama itself makes of them, so that parameters can be put in, no model is reloaded between /v1 and native clients, and both share their answers. false: they are sent as they come, for an Ollama that treats these routes otherwise than 0.24 and 0.32 do.',
  ),
  'capture.requests': flag(
    false,
    'true: every request to a model is written to requests.jsonl in the data directory, prompts included; reprise warm reads it.',
  ),
  'capture.maxBytes': bytes(
    1024 ** 3,
    'Once requests.jsonl has so many bytes no more requests are written down.',
  ),
  'sampling.maxTemperature': setting(Type.Number({ minimum: 0 }), {
    fallback: 0.3,
    help: 'Up to this temperature answers are reused; above it a seed or top_k 1 is needed.',
    allowed: 'a number, 0 or more',
  }),
  'sampling.absent': setting(Type.Union([Type.Literal('reuse'), Type.Literal('bypass')]), {
    fallback: 'reuse',
    help: 'What happens to requests that name no temperature.',
    allowed: 'reuse or bypass',
  }),
} as const
