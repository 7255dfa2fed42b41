import type { EntryRow, Filter } from './query.ts'

/** A condition in SQL, on `entries e LEFT JOIN hits h`, and what is bound to it. */
export interface Condition {
  readonly sql: string
  readonly bound: Readonly<Record<string, string | number | Buffer>>
}

/** Hexadecimal digits of a key. */
const KEY_DIGITS = 64

/** One line for each member of a filter: how it reads in SQL, and as a question to a row. */
type Member = keyof Filter
interface Rule<M extends Member> {
  sql(value: Required<Filter>[M]): string
  bind(value: Required<Filter>[M]): Condition['bound']
  matches(row: EntryRow, value: Required<Filter>[M]): boolean
}

type Rules = { readonly [M in Member]: Rule<M> }

const RULES: Rules = {
  keyPrefix: {
    sql: () => 'e.key BETWEEN @keyFrom AND @keyTo',
    bind: (prefix) => ({ keyFrom: toKeyBytes(prefix, '0'), keyTo: toKeyBytes(prefix, 'f') }),
    matches: (row, prefix) => row.key.startsWith(prefix.toLowerCase()),
  },
  model: {
    sql: () => 'lower(e.model) IN (@model, @modelTagged)',
    bind: (name) => ({ model: toShortName(name), modelTagged: `${toShortName(name)}${LATEST}` }),
    matches: (row, name) => toShortName(row.model) === toShortName(name),
  },
  digest: equal('digest'),
  route: equal('route'),
  kind: equal('kind'),
  storedBeforeAt: compare('storedBeforeAt', 'e.stored_at <', (row, at) => row.storedAt < at),
  storedFromAt: compare('storedFromAt', 'e.stored_at >=', (row, at) => row.storedAt >= at),
  leastBytes: compare('leastBytes', 'e.size >=', (row, bytes) => row.bytes >= bytes),
  mostBytes: compare('mostBytes', 'e.size <=', (row, bytes) => row.bytes <= bytes),
  leastHits: compare('leastHits', 'coalesce(h.hits, 0) >=', (row, hits) => row.hits >= hits),
  mostHits: compare('mostHits', 'coalesce(h.hits, 0) <=', (row, hits) => row.hits <= hits),
}

function equal<M extends 'digest' | 'route' | 'kind'>(member: M): Rule<M> {
  return {
    sql: () => `e.${member} = @${member}`,
    bind: (value) => ({ [member]: value }),
    matches: (row, value) => row[member] === value,
  }
}

function compare<M extends Member>(
  member: M,
  sql: string,
  isMet: (row: EntryRow, value: number) => boolean,
): { sql(): string; bind(value: number): Condition['bound']; matches: typeof isMet } {
  return { sql: () => `${sql} @${member}`, bind: (value) => ({ [member]: value }), matches: isMet }
}

const LATEST = ':latest'

/** Ollama takes a name in any letter case, and no tag for `latest`. */
function toShortName(name: string): string {
  const lower = name.toLowerCase()
  return lower.endsWith(LATEST) ? lower.slice(0, -LATEST.length) : lower
}

/** The first or last key with these digits; what are no digits match nothing but the first of all keys. */
function toKeyBytes(prefix: string, filler: '0' | 'f'): Buffer {
  const isDigits = /^[0-9a-f]{0,64}$/i.test(prefix)
  return Buffer.from((isDigits ? prefix : '').padEnd(KEY_DIGITS, isDigits ? filler : '0'), 'hex')
}

/** The filter in SQL; one without members is always true. */
export function toCondition(filter: Filter): Condition {
  const parts = membersOf(filter).map((member) => toPart(member, filter))
  return {
    sql: parts.map(({ sql }) => sql).join(' AND ') || 'TRUE',
    bound: Object.assign({}, ...parts.map(({ bound }) => bound)),
  }
}

function toPart<M extends Member>(member: M, filter: Filter): Condition {
  const value = filter[member] as Required<Filter>[M]
  const rule: Rule<M> = RULES[member]
  return { sql: rule.sql(value), bound: rule.bind(value) }
}

/** Whether a row of a tier without SQL is meant. */
export function isMeant(row: EntryRow, filter: Filter): boolean {
  return membersOf(filter).every((member) => isMet(member, row, filter))
}

function isMet<M extends Member>(member: M, row: EntryRow, filter: Filter): boolean {
  const rule: Rule<M> = RULES[member]
  return rule.matches(row, filter[member] as Required<Filter>[M])
}

function membersOf(filter: Filter): Member[] {
  return (Object.keys(RULES) as Member[]).filter((member) => filter[member] !== undefined)
}
