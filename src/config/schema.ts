import { type Static, type TSchema, Type } from 'typebox'

/** One key of the configuration. */
export interface Setting<S extends TSchema = TSchema> {
  readonly schema: S
  /** The value where nobody sets one; `dataDir` depends on the machine and has none here. */
  readonly fallback: Static<S>
  /** One line: what it does, with its unit. */
  readonly help: string
  /** What may stand there, in words, for a person whose value is refused. */
  readonly allowed: string
  /** The long option of `reprise serve`, where there is one. */
  readonly flag?: string
}

const setting = <S extends TSchema>(schema: S, rest: Omit<Setting<S>, 'schema'>): Setting<S> => ({
  schema,
  ...rest,
})

const DURATION = Type.Union([
  Type.Number({ minimum: 0 }),
  Type.String({ pattern: '^\\d+(\\.\\d+)?(s|m|h|d)$' }),
])
const DURATION_ALLOWED = 'seconds as a number, or a number with s, m, h or d, as "30d"'

const duration = (fallback: string, help: string) =>
  setting(DURATION, { fallback, help, allowed: DURATION_ALLOWED })

const MODE = Type.Union([Type.Literal('fill'), Type.Literal('force'), Type.Literal('off')])

const mode = (fallback: Static<typeof MODE>, parameter: string) =>
  setting(MODE, {
    fallback,
    help: `When ${parameter} is put into a request: fill (it has none), force (always), off (never).`,
    allowed: 'fill, force or off',
  })

const bytes = (fallback: number, help: string) =>
  setting(Type.Integer({ minimum: 0 }), { fallback, help, allowed: 'a number of bytes, 0 or more' })

const flag = (fallback: boolean, help: string, option?: string) =>
  setting(Type.Boolean(), {
    fallback,
    help,
    allowed: 'true or false',
    ...(option !== undefined && { flag: option }),
  })

/**
 * A duration as Go writes it, other than zero (it would unload the model after every answer) and short
 * enough for Go's 64 bits of nanoseconds; or seconds; or -1 for ever. Anything else is a 400 of Ollama
 * for every request (corpus 235, 245, 247).
 */
const KEEP_ALIVE = Type.Union([
  Type.String({
    pattern:
      '^(?=.*[1-9])-?(\\d{1,5}(\\.\\d{1,9})?h|\\d{1,7}(\\.\\d{1,9})?m|\\d{1,9}(\\.\\d{1,9})?m?s){1,4}$',
  }),
  Type.Number({ minimum: 1, maximum: 1e9 }),
  Type.Literal(-1),
])

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

const STRINGS = Type.Array(Type.String({ minLength: 1 }))

/** Every key: shape, default, unit and one line of help. A key is here only if it has an effect. */
export const SETTINGS = {
  listen: setting(Type.String({ pattern: '^(\\[[0-9a-fA-F:]+\\]|[^:\\s]*):\\d{1,5}$' }), {
    fallback: '127.0.0.1:11435',
    help: 'Where to listen. Port 0 picks a free one.',
    allowed: 'host:port, :port or [address]:port',
    flag: 'listen',
  }),
  upstream: setting(Type.String({ pattern: '^https?://[^/?#@\\s]+/?$' }), {
    fallback: 'http://127.0.0.1:11434',
    help: 'The Ollama that requests are forwarded to.',
    allowed: 'http://host:port or https://host:port, without user, path or query',
    flag: 'upstream',
  }),
  dataDir: setting(Type.String(), {
    fallback: '',
    help: 'Folder of the database; the default is the user’s cache folder.',
    allowed: 'a path',
    flag: 'data-dir',
  }),
  mode: setting(Type.Union([Type.Literal('serve'), Type.Literal('off')]), {
    fallback: 'serve',
    help: 'serve: cache and inject. off: pass everything through untouched.',
    allowed: 'serve or off',
    flag: 'mode',
  }),
  allowRemote: flag(
    false,
    'Allows listening on an address that other machines reach. There is no authentication.',
    'allow-remote',
  ),
  'log.level': setting(
    Type.Union([
      Type.Literal('trace'),
      Type.Literal('debug'),
      Type.Literal('info'),
      Type.Literal('warn'),
      Type.Literal('error'),
      Type.Literal('silent'),
    ]),
    {
      fallback: 'info',
      help: 'The least severe line that is written.',
      allowed: 'trace, debug, info, warn, error or silent',
      flag: 'log-level',
    },
  ),
  'log.format': setting(
    Type.Union([Type.Literal('auto'), Type.Literal('pretty'), Type.Literal('json')]),
    {
      fallback: 'auto',
      help: 'auto: pretty on a terminal, JSON elsewhere.',
      allowed: 'auto, pretty or json',
      flag: 'log-format',
    },
  ),
  'cache.enabled': flag(true, 'false: no look-up and no store; parameters are still put in.'),
  'cache.maxBytes': bytes(1024 ** 3, 'Budget of the database file in bytes.'),
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
  'security.origins': setting(STRINGS, {
    fallback: [],
    help: 'Origins of web pages allowed besides Ollama’s own; OLLAMA_ORIGINS is read too.',
    allowed: 'a list of origins in the syntax of OLLAMA_ORIGINS',
  }),
  'security.hosts': setting(STRINGS, {
    fallback: [],
    help: 'Names allowed in the Host header besides those of this machine.',
    allowed: 'a list of host names',
  }),
} as const

/** The name of a key, as `cache.maxBytes`. */
export type SettingKey = keyof typeof SETTINGS

/** The value of each key, as written: valid, and not yet resolved. */
export type Values = { [K in SettingKey]: Static<(typeof SETTINGS)[K]['schema']> }

/** Every key in the order of the table. */
export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[]

/** The environment name of a key: `cache.maxBytes` is `REPRISE_CACHE_MAX_BYTES`. */
export function toEnvironmentName(key: SettingKey): string {
  const words = key.replace(/[A-Z]/g, (letter) => `_${letter}`).replaceAll('.', '_')
  return `REPRISE_${words.toUpperCase()}`
}
