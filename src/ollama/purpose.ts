import type { BypassReason } from '../outcome.ts'
import { type Document, readString } from './document.ts'
import type { Endpoint } from './endpoints.ts'
import type { Dialect } from './fields.ts'
import { type KeepAlive, readKeepAlive } from './keep-alive.ts'
import { CLOSE_ARRAY, skipSpace } from './lexemes.ts'
import { isRemoteName } from './names.ts'
import { readUsageWish } from './usage-wish.ts'
import type { Member } from './walk.ts'
import { searchesWeb } from './web-search.ts'

/** What a request is for, beyond its question. */
export interface Purpose {
  /** Why it may not be answered from the cache; undefined where nothing in it forbids that. */
  readonly bypass: BypassReason | undefined
  /** Which parameters may be put into it. */
  readonly injected: Endpoint['injected']
}

interface Facts {
  readonly endpoint: Endpoint
  readonly fields: 'valid' | 'invalid'
  readonly keepAlive: KeepAlive
  readonly question: 'present' | 'absent' | 'refused'
  readonly host: 'local' | 'remote'
  readonly debug: 'on' | 'off'
  readonly web: 'searched' | 'unused'
}

/** Reads what a request is for from the body as the client sent it; sampling is judged apart, after injection. */
export function readPurpose(document: Document, endpoint: Endpoint): Purpose {
  const { dialect, members } = document
  if (dialect === undefined) return { bypass: 'route', injected: 'none' }
  // On the compatible routes it is one of the names Ollama does not read.
  const keepAlive = dialect.parameters === 'options' ? readKeepAlive(document) : 'absent'
  const model = readString(document, 'model') ?? ''
  const isValid = model !== '' && keepAlive !== 'invalid' && hasValidTypes(document, dialect)
  const facts: Facts = {
    endpoint,
    fields: isValid ? 'valid' : 'invalid',
    keepAlive,
    question: findQuestion(document, dialect),
    host: isRemoteName(model) ? 'remote' : 'local',
    debug: members.get('_debug_render_only')?.type === 'true' ? 'on' : 'off',
    web: searchesWeb(document) ? 'searched' : 'unused',
  }
  return { bypass: findBypass(facts), injected: findInjected(facts) }
}

function findBypass(facts: Facts): BypassReason | undefined {
  const { cached, injected } = facts.endpoint
  // Nothing is done with such a request, whatever it holds.
  if (cached === 'no' && injected === 'none') return 'route'
  if (facts.fields === 'invalid' || facts.question === 'refused') return 'invalid-field'
  if (facts.keepAlive === 'zero') return 'unload'
  if (facts.question === 'absent') return 'load'
  if (facts.keepAlive === 'negative') return 'pin'
  if (facts.debug === 'on') return 'debug'
  if (facts.host === 'remote') return 'remote-model'
  if (facts.web === 'searched') return 'web-search'
  return cached === 'no' ? 'route' : undefined
}

function findInjected(facts: Facts): Endpoint['injected'] {
  if (facts.fields === 'invalid' || facts.host === 'remote') return 'none'
  if (facts.endpoint.injected === 'none') return 'none'
  if (facts.question === 'present') return facts.endpoint.injected
  // Generate and chat only expire the runner then; embed and embeddings load the model first.
  const isUnload = facts.keepAlive === 'zero' && facts.endpoint.role === 'inference'
  return isUnload ? 'none' : 'load'
}

/** Whether Ollama would decode every field it knows; otherwise it answers 400 (corpus 151–157). */
export function hasValidTypes(document: Document, dialect: Dialect): boolean {
  for (const member of document.members.values()) {
    const field = dialect.fields.get(member.name)
    if (field && member.type !== 'null' && !field.types.includes(member.type)) return false
  }
  return readUsageWish(document) !== 'invalid'
}

/**
 * Whether there is something to answer; without it the model is only loaded (corpus 056–060, 269–271,
 * 334–337, 405, 432), or the request is refused (389, 417, 442).
 */
function findQuestion(document: Document, dialect: Dialect): Facts['question'] {
  if (hasText(document, dialect.question)) return 'present'
  if (dialect.also !== undefined && hasText(document, dialect.also)) return 'present'
  if (dialect.unasked === 'load') return 'absent'
  // The empty text is an input like any other to `/v1/embeddings` (416).
  const isEmptyText = document.members.get(dialect.question)?.type === 'string'
  return isEmptyText ? 'present' : 'refused'
}

function hasText(document: Document, name: string): boolean {
  const member = document.members.get(name)
  return member !== undefined && member.type !== 'null' && !isEmpty(document, member)
}

/** Whether a value is an empty text or an empty array. */
export function isEmpty({ bytes }: Document, member: Member): boolean {
  if (member.type === 'string') return member.end - member.start === 2
  return member.type === 'array' && bytes[skipSpace(bytes, member.start + 1)] === CLOSE_ARRAY
}
