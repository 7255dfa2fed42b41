import { type Static, Type } from '../json-schema.ts'
import type { Filter } from '../store/query.ts'

const text = (pattern: string, description: string) =>
  Type.Optional(Type.String({ pattern, description }))

const number = (description: string) => Type.Optional(Type.Number({ minimum: 0, description }))

const count = (description: string) => Type.Optional(Type.Integer({ minimum: 0, description }))

/** The parameters that say which entries are meant: those that match all of them. */
export const FILTER_PARAMETERS = {
  key: text('^[0-9a-fA-F]{64}$', '64 hexadecimal digits'),
  prefix: text('^[0-9a-fA-F]{1,64}$', 'the first hexadecimal digits of keys'),
  model: text('\\S', 'the name of a model'),
  digest: text('^[0-9a-f]{64}$', '64 hexadecimal digits'),
  route: text('^/', 'a path, as "/api/chat"'),
  kind: Type.Optional(
    Type.Union([Type.Literal('text'), Type.Literal('vision'), Type.Literal('embedding')], {
      description: 'text, vision or embedding',
    }),
  ),
  olderThanSeconds: number('a number of seconds, 0 or more'),
  newerThanSeconds: number('a number of seconds, 0 or more'),
  minBytes: count('a number of bytes, 0 or more'),
  maxBytes: count('a number of bytes, 0 or more'),
  minHits: count('a number of hits, 0 or more'),
  maxHits: count('a number of hits, 0 or more'),
} as const

/** Parameters that have been checked. */
export type FilterParameters = Static<typeof FILTER_OBJECT>

const FILTER_OBJECT = Type.Object(FILTER_PARAMETERS)

/** The parameters' names. */
export const FILTER_NAMES = Object.keys(FILTER_PARAMETERS) as (keyof FilterParameters)[]

/** The filter of the store; ages count from `now`, in ms since the epoch. */
export function toFilter(given: FilterParameters, now: number): Filter {
  const { olderThanSeconds: older, newerThanSeconds: newer } = given
  const members = {
    // Who names both means entries that match both: a whole key is the longer prefix.
    keyPrefix: given.key ?? given.prefix,
    model: given.model,
    digest: given.digest,
    route: given.route,
    kind: given.kind,
    storedBeforeAt: older === undefined ? undefined : now - older * 1000,
    storedFromAt: newer === undefined ? undefined : now - newer * 1000,
    leastBytes: given.minBytes,
    mostBytes: given.maxBytes,
    leastHits: given.minHits,
    mostHits: given.maxHits,
  }
  const said = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(said) as Filter
}
