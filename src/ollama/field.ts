import type { BypassReason } from '../outcome.ts'
import type { ValueType } from './walk.ts'

/** What Reprise knows of one field of a request body. */
export interface Field {
  /** The JSON types Ollama decodes; another one is its 400. `null` it takes everywhere, as if absent. */
  readonly types: readonly ValueType[]
  /**
   * Whether the field is in the key. `inert` fields cannot change the answer; for `model` the digest
   * stands in the key. `ignored` is what clients send and Ollama does not read: it stays in the key,
   * as any field of an unknown name does.
   */
  readonly part: 'keyed' | 'inert' | 'model' | 'ignored'
  /**
   * Values, in canonical spelling, that Ollama reads as if the field were absent and that clients
   * send: these leave the key. Short on purpose: what is not proved stays (`tools: []`, `context: []`
   * and `format: null` among them, which Ollama tells from an absent field).
   */
  readonly empty: readonly string[]
  /** The reasons why some of its values forbid reuse; empty where none does. */
  readonly bypass: readonly BypassReason[]
}

/** The fields a Go struct of Ollama has, and the structs inside them (arrays of a struct alike). */
export interface Shape {
  readonly fields: { has(name: string): boolean }
  readonly inside: ReadonlyMap<string, Shape>
}

/** The language of one route. */
export interface Dialect {
  readonly fields: ReadonlyMap<string, Field>
  readonly shape: Shape
  /** The field that asks. */
  readonly question: 'prompt' | 'messages' | 'input'
  /** Another field that is enough of a question by itself. */
  readonly also?: 'instructions'
  /** What Ollama makes of a request without a question: it loads the model, or answers 400. */
  readonly unasked: 'load' | 'refused'
  /** Where the sampling parameters stand. */
  readonly parameters: 'options' | 'top-level'
}

/** A truth value. */
export const BOOLEAN: readonly ValueType[] = ['true', 'false']

/** Every type but `null`. */
export const ANY: readonly ValueType[] = ['string', 'number', 'object', 'array', 'true', 'false']

/** A shape has nothing inside. */
export const NOTHING: ReadonlyMap<string, Shape> = new Map()

/** The model's name. */
export const MODEL: Field = { types: ['string'], part: 'model', empty: [], bypass: [] }

/** A field that is in the key, but for the values that count as absent. */
export function keyed(types: readonly ValueType[], ...empty: readonly string[]): Field {
  return { types, part: 'keyed', empty, bypass: [] }
}

/** A field that cannot change the answer. */
export function inert(types: readonly ValueType[]): Field {
  return { types, part: 'inert', empty: [], bypass: [] }
}

/** A field that Ollama does not read. */
export function ignored(): Field {
  return { types: ANY, part: 'ignored', empty: [], bypass: [] }
}

/** The names a route reads, without regard to case; what it ignores it takes as it is. */
export function listRead(fields: ReadonlyMap<string, Field>): ReadonlySet<string> {
  return new Set([...fields].flatMap(([name, { part }]) => (part === 'ignored' ? [] : [name])))
}
