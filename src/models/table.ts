import { isRemoteName, parseModelName, toLookupName } from '../ollama/names.ts'

/** One model of the origin. */
export interface ListedModel {
  /** The name as the origin lists it. */
  readonly name: string
  /** Content hash: 64 hexadecimal digits. */
  readonly digest: string
  /** Whether it runs somewhere else, so that its digest says nothing about it. */
  readonly place: 'here' | 'elsewhere'
}

/** What the origin had at one instant. */
export interface ModelTable {
  readonly version: string
  readonly models: readonly ListedModel[]
  /** The origin's own clock, as its `Date` header said, in ms since the epoch; our clock where it has none. */
  readonly originNow: number
  /** Wall time at which the reading was begun, in ms since the epoch. */
  readonly readAt: number
}

/** Digests that a name stood for in one table and stands for no longer in the next. */
export function listReplaced(before: ModelTable, now: ModelTable): string[] {
  const current = new Map(now.models.map(({ name, digest }) => [name, digest]))
  const replaced = before.models.filter(({ name, digest }) => current.get(name) !== digest)
  return [...new Set(replaced.map(({ digest }) => digest))]
}

/** What a name stands for in a table. */
export type Match =
  | { readonly kind: 'listed'; readonly model: ListedModel }
  | { readonly kind: 'remote' }
  | { readonly kind: 'ambiguous' }
  | { readonly kind: 'absent' }

/** A table with its names made ready for look-ups. */
export interface NameIndex {
  match(name: string): Match
}

/** How many names a table remembers the meaning of. */
const MAX_REMEMBERED = 1000

/** Ollama matches names without case, with defaults filled in (reference: types/model/name.go; corpus 184–187). */
export function indexNames(table: ModelTable): NameIndex {
  const byName = new Map<string, ListedModel[]>()
  for (const model of table.models) {
    const parsed = parseModelName(model.name)
    if (parsed === undefined) continue
    const name = toLookupName(parsed)
    const known = byName.get(name)
    if (known === undefined) byName.set(name, [model])
    else known.push(model)
  }
  const matches = new Map<string, Match>()
  return {
    match(name) {
      const known = matches.get(name)
      if (known !== undefined) return known
      // Clients can invent names without end; a table lives for a second or two.
      if (matches.size >= MAX_REMEMBERED) matches.clear()
      const match = matchName(byName, name)
      matches.set(name, match)
      return match
    },
  }
}

function matchName(byName: ReadonlyMap<string, ListedModel[]>, name: string): Match {
  if (isRemoteName(name)) return { kind: 'remote' }
  const parsed = parseModelName(name)
  const models = parsed && byName.get(toLookupName(parsed))
  const [model] = models ?? []
  if (models === undefined || model === undefined) return { kind: 'absent' }
  // Two spellings of one name: which one Ollama takes is the order of a map.
  if (models.some((other) => other.digest !== model.digest)) return { kind: 'ambiguous' }
  return model.place === 'elsewhere' ? { kind: 'remote' } : { kind: 'listed', model }
}

/** The models of the body of `/api/tags`; undefined where it is not one. */
export function readTags(body: Buffer): ListedModel[] | undefined {
  const parsed = parseObject(body)
  // An Ollama without models says null or [] (corpus, both versions of the client library accept both).
  const models = parsed?.models ?? []
  if (parsed === undefined || !Array.isArray(models)) return undefined
  return models.flatMap((model: unknown) => toListed(model))
}

function toListed(model: unknown): ListedModel[] {
  if (typeof model !== 'object' || model === null) return []
  const { name, digest, remote_host: remote } = model as Record<string, unknown>
  if (typeof name !== 'string' || typeof digest !== 'string' || digest === '') return []
  return [{ name, digest, place: remote === undefined || remote === '' ? 'here' : 'elsewhere' }]
}

/** The version in the body of `/api/version`; undefined where it is not one. */
export function readVersion(body: Buffer): string | undefined {
  const version = parseObject(body)?.version
  return typeof version === 'string' ? version : undefined
}

function parseObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString())
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
