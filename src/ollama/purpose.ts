import type { BypassReason } from '../outcome.ts'
import { type Document, readString } from './document.ts'
import type { Endpoint } from './endpoints.ts'
import type { Dialect } from './fields.ts'
import { type KeepAlive, readKeepAlive } from './keep-alive.ts'
import { CLOSE_ARRAY, skipSpace } from './lexemes.ts'
import { isRemoteName } from './names.ts'
import type { Member } from './walk.ts'

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
  readonly question: 'present' | 'absent'
  readonly host: 'local' | 'remote'
  readonly debug: 'on' | 'off'
}

/** Reads what a request is for from the body as the client sent it; sampling is judged apart, after injection. */
export function readPurpose(document: Document, endpoint: Endpoint): Purpose {
  const { dialect, members } = document
  if (dialect === undefined) return { bypass: 'route', injected: 'none' }
  const keepAlive = readKeepAlive(document)
  const model = readString(document, 'model') ?? ''
  const isValid = model !== '' && keepAlive !== 'invalid' && hasValidTypes(document, dialect)
  const facts: Facts = {
    endpoint,
    fields: isValid ? 'valid' : 'invalid',
    keepAlive,
    question: hasQuestion(document, dialect) ? 'present' : 'absent',
    host: isRemoteName(model) ? 'remote' : 'local',
    debug: members.get('_debug_render_only')?.type === 'true' ? 'on' : 'off',
  }
  return { bypass: findBypass(facts), injected: findInjected(facts) }
}

function findBypass(facts: Facts): BypassReason | undefined {
  if (facts.fields === 'invalid') return 'invalid-field'
  if (facts.keepAlive === 'zero') return 'unload'
  if (facts.question === 'absent') return 'load'
  if (facts.keepAlive === 'negative') return 'pin'
  if (facts.debug === 'on') return 'debug'
  if (facts.host === 'remote') return 'remote-model'
  return facts.endpoint.cached === 'no' ? 'route' : undefined
}

function findInjected(facts: Facts): Endpoint['injected'] {
  if (facts.fields === 'invalid' || facts.host === 'remote') return 'none'
  if (facts.question === 'present') return facts.endpoint.injected
  // Generate and chat only expire the runner then; embed and embeddings load the model first.
  const isUnload = facts.keepAlive === 'zero' && facts.endpoint.role === 'inference'
  return isUnload ? 'none' : 'load'
}

/** Whether Ollama would decode every field it knows; otherwise it answers 400 (corpus 151–157). */
function hasValidTypes(document: Document, dialect: Dialect): boolean {
  for (const member of document.members.values()) {
    const field = dialect.fields.get(member.name)
    if (field && member.type !== 'null' && !field.types.includes(member.type)) return false
  }
  return true
}

/** Whether there is something to answer; without it the model is only loaded (corpus 056–060, 269–271, 334–337). */
function hasQuestion(document: Document, dialect: Dialect): boolean {
  const member = document.members.get(dialect.question)
  return member !== undefined && member.type !== 'null' && !isEmpty(document, member)
}

/** Whether a value is an empty text or an empty array. */
export function isEmpty({ bytes }: Document, member: Member): boolean {
  if (member.type === 'string') return member.end - member.start === 2
  return member.type === 'array' && bytes[skipSpace(bytes, member.start + 1)] === CLOSE_ARRAY
}
