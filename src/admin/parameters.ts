import { RepriseError } from '../errors.ts'
import { Check, Convert, type Static, type TObject, type TSchema } from '../json-schema.ts'

/**
 * What was given, as its schema wants it: a query string's `50` becomes a number. The description of a
 * member says in words what it may be. Throws `bad-request` with every fault at once.
 */
export function checkParameters<S extends TObject>(schema: S, given: unknown): Static<S> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new RepriseError('bad-request', 'the body is no JSON object')
  }
  const value: unknown = Convert(schema, { ...given })
  if (Check(schema, value)) return value
  throw new RepriseError('bad-request', listFaults(schema, value as object).join('; '))
}

/** The members of a JSON body, checked. Throws `bad-request`. */
export function checkBody<S extends TObject>(schema: S, body: unknown): Static<S> {
  return checkParameters(schema, parseBody(body))
}

function parseBody(body: unknown): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(body) ? body.toString() : '{}')
  } catch (error) {
    throw new RepriseError('bad-request', `the body is no JSON: ${String(error)}`, error)
  }
}

function listFaults(schema: TObject, value: object): string[] {
  const known: Readonly<Record<string, TSchema>> = schema.properties
  const wrong = Object.entries(value).flatMap(([name, member]) => {
    const shape = known[name]
    if (shape === undefined) {
      return `${name} is no parameter; there are: ${Object.keys(known).join(', ')}`
    }
    if (Check(shape, member)) return []
    return `${name}: ${JSON.stringify(member)} is not allowed; allowed: ${allowedBy(shape)}`
  })
  const required: readonly string[] = 'required' in schema ? (schema.required as string[]) : []
  const missing = required.filter((name) => !Object.hasOwn(value, name))
  return [...wrong, ...missing.map((name) => `${name} is missing`)]
}

function allowedBy(shape: TSchema): string {
  return 'description' in shape ? String(shape.description) : 'another value'
}
