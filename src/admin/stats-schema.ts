import { type TSchema, Type } from 'typebox'

const COUNT = Type.Integer({ minimum: 0 })
const SHARE = Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()])

const AMOUNT = Type.Object({ entries: COUNT, bytes: COUNT })

const COUNTS = {
  hit: COUNT,
  stale: COUNT,
  miss: COUNT,
  collapsed: COUNT,
  bypass: COUNT,
  error: COUNT,
}

const PERCENTILES = Type.Union([
  Type.Object({ p50: Type.Number(), p95: Type.Number(), p99: Type.Number() }),
  Type.Null(),
])

const perKind = <S extends TSchema>(schema: S) =>
  Type.Object({ text: schema, vision: schema, embedding: schema })

const LATENCIES = Type.Object({ hit: PERCENTILES, miss: PERCENTILES })

/** The shape of `GET /reprise/stats`, published as `docs/stats.schema.json`. */
export const STATS_SCHEMA = Type.Object({
  version: Type.String(),
  startedAt: Type.String({ description: 'Instant of the start, ISO 8601.' }),
  uptimeSeconds: COUNT,
  countedSince: Type.String({
    description: 'Instant since which requests are counted: the start or the last reset, ISO 8601.',
  }),
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
  requests: Type.Object(COUNTS),
  hitRate: SHARE,
  bypassShare: SHARE,
  kinds: perKind(Type.Object({ ...COUNTS, hitRate: SHARE, latencyMs: LATENCIES })),
  latencyMs: LATENCIES,
  saved: Type.Object({ seconds: Type.Number(), tokens: COUNT, generations: COUNT }),
})
