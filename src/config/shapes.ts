import { type Static, type TSchema, Type } from '../json-schema.ts'

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

/** A key: its shape, and the rest of its row. */
export const setting = <S extends TSchema>(
  schema: S,
  rest: Omit<Setting<S>, 'schema'>,
): Setting<S> => ({
  schema,
  ...rest,
})

/** A duration as people write it: seconds, or a number with a unit. */
export const DURATION = Type.Union([
  Type.Number({ minimum: 0 }),
  Type.String({ pattern: '^\\d+(\\.\\d+)?(s|m|h|d)$' }),
])
/** What may stand where a duration is wanted, in words. */
export const DURATION_ALLOWED = 'seconds as a number, or a number with s, m, h or d, as "30d"'

/** A key that is a duration. */
export const duration = (fallback: string, help: string) =>
  setting(DURATION, { fallback, help, allowed: DURATION_ALLOWED })

const MODE = Type.Union([Type.Literal('fill'), Type.Literal('force'), Type.Literal('off')])

/** When a parameter is put into requests. */
export const mode = (fallback: Static<typeof MODE>, parameter: string) =>
  setting(MODE, {
    fallback,
    help: `When ${parameter} is put into a request: fill (it has none), force (always), off (never).`,
    allowed: 'fill, force or off',
  })

/** A key that is a size in bytes. */
export const bytes = (fallback: number, help: string) =>
  setting(Type.Integer({ minimum: 0 }), { fallback, help, allowed: 'a number of bytes, 0 or more' })

/** A key that is switched on or off. */
export const flag = (fallback: boolean, help: string, option?: string) =>
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
export const KEEP_ALIVE = Type.Union([
  Type.String({
    pattern:
      '^(?=.*[1-9])-?(\\d{1,5}(\\.\\d{1,9})?h|\\d{1,7}(\\.\\d{1,9})?m|\\d{1,9}(\\.\\d{1,9})?m?s){1,4}$',
  }),
  Type.Number({ minimum: 1, maximum: 1e9 }),
  Type.Literal(-1),
])

/** A key that is a whole number, from 0 on; `unit` says of what. */
export const amount = (fallback: number, unit: string, help: string) =>
  setting(Type.Integer({ minimum: 0 }), {
    fallback,
    help,
    allowed: `a number of ${unit}, 0 or more`,
  })

/** A list of texts. */
export const STRINGS = Type.Array(Type.String({ minLength: 1 }))
