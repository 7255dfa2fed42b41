/** A model's name, complete: what the client left out is filled in with Ollama's defaults. */
export interface ModelName {
  readonly host: string
  readonly namespace: string
  readonly model: string
  readonly tag: string
}

const DEFAULTS = { host: 'registry.ollama.ai', namespace: 'library', tag: 'latest' } as const

/** What each part may be (types/model/name.go: isValidPart, isValidLen). */
const VALID: Readonly<Record<keyof ModelName, RegExp>> = {
  host: /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}$/,
  namespace: /^[A-Za-z0-9_][A-Za-z0-9_-]{0,79}$/,
  model: /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/,
  tag: /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/,
}

/** White space as Go's strings.TrimSpace takes it off; JavaScript's own set differs in U+0085 and U+FEFF. */
const SPACE = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const OUTER_SPACE = new RegExp(`^${SPACE}+|${SPACE}+$`, 'g')
const LOCAL = new RegExp(`:${SPACE}*local$`, 'i')
const REMOTE = new RegExp(`:(${SPACE}*cloud|[^/:]*-cloud)$`, 'i')

/**
 * A name as Ollama reads it: `[scheme://][host/][namespace/]model[:tag]`, outer space and a final
 * `:local` taken off (internal/modelref; types/model/name.go). Undefined where Ollama refuses it.
 */
export function parseModelName(text: string): ModelName | undefined {
  const trimmed = trim(text)
  const base = trimmed.replace(LOCAL, '')
  // `:local` behind another source is "use either :local or :cloud, not both".
  if (base !== trimmed && (LOCAL.test(base) || REMOTE.test(base))) return undefined
  const name = splitName(base)
  return isValid(name) ? name : undefined
}

/** Whether a name sends the request to Ollama's cloud: the tag `cloud`, or one that ends in `-cloud`. */
export function isRemoteName(text: string): boolean {
  return REMOTE.test(trim(text))
}

/** The complete name in lower case, as `host/namespace/model:tag`: Ollama matches names without case. */
export function toLookupName(name: ModelName): string {
  return `${name.host}/${name.namespace}/${name.model}:${name.tag}`.toLowerCase()
}

function trim(text: string): string {
  return text.replace(OUTER_SPACE, '')
}

/** What stands for a part that a separator promises and that is empty; it is valid nowhere. */
const MISSING = '!MISSING!'

/** The parts from right to left, as `ParseNameBare` cuts them. */
function splitName(text: string): ModelName {
  const hasTag = text.lastIndexOf(':') > text.lastIndexOf('/')
  const [path = '', tag] = hasTag ? cutLast(text, ':') : [text, DEFAULTS.tag]
  const [owner, model] = cutLast(path, '/')
  const { host, namespace: own } = DEFAULTS
  if (owner === undefined) return { host, namespace: own, model, tag }
  const [address, namespace] = cutLast(owner, '/')
  if (address === undefined) return { host, namespace, model, tag }
  return { host: dropScheme(address) || host, namespace, model, tag }
}

function cutLast(text: string, separator: string): [before: string | undefined, after: string] {
  const at = text.lastIndexOf(separator)
  if (at < 0) return [undefined, text]
  return [text.slice(0, at) || MISSING, text.slice(at + 1) || MISSING]
}

function dropScheme(address: string): string {
  const at = address.indexOf('://')
  return at < 0 ? address : address.slice(at + 3)
}

function isValid(name: ModelName): boolean {
  const { host, namespace, model, tag } = VALID
  return (
    host.test(name.host) &&
    namespace.test(name.namespace) &&
    model.test(name.model) &&
    tag.test(name.tag)
  )
}
