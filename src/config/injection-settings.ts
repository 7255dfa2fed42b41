import { type Static, Type } from '../json-schema.ts'
import { flag, KEEP_ALIVE, mode, setting } from './shapes.ts'

const PROFILE = Type.Object(
  {
    numThread: Type.Optional(Type.Integer({ minimum: 1 })),
    keepAlive: Type.Optional(KEEP_ALIVE),
    maxTokens: Type.Optional(Type.Integer({ minimum: 1 })),
    temperature: Type.Optional(Type.Number({ minimum: 0 })),
  },
  { additionalProperties: false },
)

/** Parameters that a profile sets instead of the common ones. */
export type Profile = Static<typeof PROFILE>

/** What is put into requests. */
export const INJECTION_SETTINGS = {
  'inject.enabled': flag(true, 'false: no parameter is put into any request.'),
  'inject.numThread.mode': mode('fill', 'options.num_thread'),
  'inject.numThread.value': setting(Type.Integer({ minimum: 1 }), {
    fallback: 6,
    help: 'Threads of a run: at most the cores of the machine that runs Ollama.',
    allowed: 'an integer, 1 or more',
  }),
  'inject.keepAlive.mode': mode('fill', 'keep_alive'),
  'inject.keepAlive.value': setting(KEEP_ALIVE, {
    fallback: '30m',
    help: 'How long a model stays loaded: a duration of Go, or seconds.',
    allowed: 'a duration as "30m" or "1h30m", seconds as a number, or -1 for ever; not zero',
  }),
  'inject.maxTokens.mode': mode('fill', 'options.num_predict'),
  'inject.maxTokens.value': setting(Type.Integer({ minimum: 1 }), {
    fallback: 4096,
    help: 'Upper bound of the tokens of an answer.',
    allowed: 'an integer, 1 or more',
  }),
  'inject.temperature.mode': mode('off', 'options.temperature'),
  'inject.temperature.value': setting(Type.Union([Type.Number({ minimum: 0 }), Type.Null()]), {
    fallback: null,
    help: 'Temperature for requests that name none; null for none.',
    allowed: 'a number, 0 or more, or null',
  }),
  profiles: setting(Type.Record(Type.String(), PROFILE), {
    fallback: {
      stage1: { maxTokens: 120, temperature: 0.3 },
      stage2: { maxTokens: 160, temperature: 0.3 },
    },
    help: 'Parameters by name, chosen by a request with X-Reprise-Profile.',
    allowed: 'an object of names and {numThread, keepAlive, maxTokens, temperature}',
  }),
} as const
