import type { Kind } from '../ollama/kind.ts'
import { parseModelName, toLookupName } from '../ollama/names.ts'
import type { Values } from './schema.ts'

/** How long answers may be given again, in seconds; 0 means they are not kept. */
export interface Lifetimes {
  readonly kinds: Readonly<Record<Kind, number>>
  /** By name as written; names are compared as Ollama compares them. */
  readonly models: Readonly<Record<string, number>>
  /** By path; a `*` at the end stands for anything. */
  readonly routes: Readonly<Record<string, number>>
  /** No lifetime is longer. */
  readonly max: number
  /** Whether a client may choose one. */
  readonly fromClient: boolean
}

/** An answer that wants a lifetime. */
export interface LifetimeSubject {
  readonly kind: Kind
  /** The model as the origin lists it. */
  readonly model: string
  /** The route's path. */
  readonly route: string
  /** What the client wishes, in seconds; undefined where it says nothing. */
  readonly wishedSeconds: number | undefined
}

/** A lifetime, and whether somebody chose it for this very answer. */
export interface Lifetime {
  readonly seconds: number
  readonly source: 'client' | 'configuration'
}

/** The lifetimes of valid values. */
export function toLifetimes(values: Values): Lifetimes {
  return {
    kinds: {
      text: toSeconds(values['ttl.text']),
      vision: toSeconds(values['ttl.vision']),
      embedding: toSeconds(values['ttl.embedding']),
    },
    models: mapSeconds(values['ttl.models']),
    routes: mapSeconds(values['ttl.routes']),
    max: toSeconds(values['ttl.max']),
    fromClient: values['ttl.fromClient'],
  }
}

/** What is said most closely counts: the client where it may, then model, route, kind; never over the ceiling. */
export function findLifetime(lifetimes: Lifetimes, subject: LifetimeSubject): Lifetime {
  const { wishedSeconds } = subject
  const isWished = lifetimes.fromClient && wishedSeconds !== undefined
  const seconds = isWished ? wishedSeconds : findConfigured(lifetimes, subject)
  return {
    seconds: Math.min(seconds, lifetimes.max),
    source: isWished ? 'client' : 'configuration',
  }
}

function findConfigured({ kinds, models, routes }: Lifetimes, subject: LifetimeSubject): number {
  const own = Object.entries(models).find(([name]) => areSame(name, subject.model))
  return own?.[1] ?? findRoute(routes, subject.route) ?? kinds[subject.kind]
}

/** The longest pattern that fits. */
function findRoute(routes: Lifetimes['routes'], route: string): number | undefined {
  const fitting = Object.entries(routes).filter(([pattern]) => fits(pattern, route))
  return fitting.toSorted(([one], [other]) => other.length - one.length)[0]?.[1]
}

function fits(pattern: string, route: string): boolean {
  return pattern.endsWith('*') ? route.startsWith(pattern.slice(0, -1)) : pattern === route
}

function areSame(one: string, other: string): boolean {
  return toComparable(one) === toComparable(other)
}

/** `tiny` and `Tiny:latest` are one model to Ollama. */
function toComparable(name: string): string {
  const parsed = parseModelName(name)
  return parsed === undefined ? name : toLookupName(parsed)
}

function mapSeconds(durations: Readonly<Record<string, number | string>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(durations).map(([name, value]) => [name, toSeconds(value)]),
  )
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Seconds of a duration as it is written: a number, or a number with a unit. */
export function toSeconds(value: number | string): number {
  if (typeof value === 'number') return value
  return Number.parseFloat(value) * (UNIT_SECONDS[value.at(-1) ?? 's'] ?? 1)
}
