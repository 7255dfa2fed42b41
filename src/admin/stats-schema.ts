import { type TSchema, Type } from '../json-schema.ts'
import { REQUEST_COUNTS } from '../metrics/life.ts'

const COUNT = Type.Integer({ minimum: 0 })
const SHARE = Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()])

const AMOUNT = Type.Object({ entries: COUNT, bytes: COUNT })

const PERCENTILES = Type.Union([
  Type.Object({ p50: Type.Number(), p95: Type.Number(), p99: Type.Number() }),
  Type.Null(),
])

const perKind = <S extends TSchema>(schema: S) =>
  Type.Object({ text: schema, vision: schema, embedding: schema })

const LATENCIES = Type.Object({ hit: PERCENTILES, miss: PERCENTILES })

const SAVED = {
  seconds: Type.Number({
    description: 'Generation time that was not spent again, without model loads.',
  }),
  tokens: COUNT,
  generations: COUNT,
  kilowattHours: Type.Union([Type.Number(), Type.Null()], {
    description: 'Of savings.watts; null where that is not set.',
  }),
  money: Type.Union([Type.Object({ amount: Type.Number(), currency: Type.String() }), Type.Null()]),
}

const WOULD_BE = Type.Object(
  { ...SAVED, hitRate: SHARE, same: COUNT, different: COUNT },
  {
    description:
      'What the cache would have answered, were it let (mode observe), and how often Ollama then said the same.',
  },
)

/** The shape of `GET /reprise/stats`, published as `docs/stats.schema.json`. */
export const STATS_SCHEMA = Type.Object({
  version: Type.String(),
  startedAt: Type.String({ description: 'Instant of the start, ISO 8601.' }),
  uptimeSeconds: COUNT,
  countedSince: Type.String({
    description: 'Instant since which requests are counted: the start or the last reset, ISO 8601.',
  }),
  mode: Type.Union([
    Type.Literal('serve'),
    Type.Literal('observe'),
    Type.Literal('offline'),
    Type.Literal('off'),
  ]),
  upstream: Type.Object({
    url: Type.String(),
    version: Type.Union([Type.String(), Type.Null()]),
    answering: Type.Boolean(),
  }),
  entries: Type.Object({
    total: COUNT,
    kinds: perKind(AMOUNT),
    tiers: Type.Record(Type.String(), AMOUNT),
  }),
  requests: Type.Object(REQUEST_COUNTS),
  hitRate: SHARE,
  bypassShare: SHARE,
  kinds: perKind(Type.Object({ ...REQUEST_COUNTS, hitRate: SHARE, latencyMs: LATENCIES })),
  latencyMs: LATENCIES,
  saved: Type.Object(SAVED),
  wouldBe: WOULD_BE,
  life: Type.Object(
    {
      since: Type.String({
        description: 'Instant of the first start or the last reset, ISO 8601.',
      }),
      requests: Type.Object(REQUEST_COUNTS),
      hitRate: SHARE,
      saved: Type.Object(SAVED),
      wouldBe: WOULD_BE,
    },
    { description: 'Totals over restarts; all else is of this process.' },
  ),
})
