import { RepriseError } from '../errors.ts'
import { NO_DIRECTIVES } from '../http/cache-control.ts'
import { HEADER } from '../http/headers.ts'
import type { KnownModel, ModelRegistry, Resolution } from '../models/registry.ts'
import { canonicalize } from '../ollama/canonical.ts'
import { readDocument, readString } from '../ollama/document.ts'
import type { Endpoint } from '../ollama/endpoints.ts'
import { toKey } from '../ollama/key.ts'
import {
  type Policy,
  type Question,
  readInSteps,
  readQuestion,
  withoutTranslation,
} from '../ollama/question.ts'
import type { BypassReason } from '../outcome.ts'
import type { Key } from '../store/store.ts'
import { toBatch } from './batch.ts'
import type { Exchange, Identity, Shortcuts, Step, StepName } from './exchange.ts'
import { LARGE_BODY_BYTES, takeInTurns, toKeyAndParts } from './large-body.ts'
import { PARTITION } from './partition.ts'
import {
  createUnderstandings,
  findIdentity,
  isSame,
  nameBytes,
  type Understanding,
} from './understanding.ts'
import { createVariants, type Variants } from './variants.ts'

/** What the step needs of the rest. */
export interface FingerprintOptions {
  /** The rules of a profile, or the common ones without a name; undefined for an unknown profile. */
  policyFor(profile: string | undefined): Policy | undefined
  readonly cache: 'enabled' | 'disabled'
  readonly shortcuts: Shortcuts
  readonly registry: Pick<ModelRegistry, 'resolve'>
}

/** Understands the body, puts the parameters in, and finds the key, or the reason why there is none. */
export function createFingerprintStep(given: FingerprintOptions): Step {
  const understandings = createUnderstandings()
  const options = { ...given, variants: createVariants() }
  return (exchange) => {
    const bytes = exchange.body.kind === 'whole' ? exchange.body.bytes : NOTHING
    const { endpoint } = exchange
    if (endpoint === undefined) return bypass(exchange, 'route')
    if (isEncoded(exchange)) return bypass(exchange, 'encoding')
    const isRead = endpoint.injected !== 'none' || endpoint.cached !== 'no'
    if (!isRead) return passUnread(exchange, bytes, endpoint)
    const profile = readProfile(exchange)
    const way = `${exchange.path}${exchange.query} ${profile ?? ''}\n`
    const name = options.shortcuts === 'taken' ? nameBytes(way, bytes) : undefined
    const known = name === undefined ? undefined : understandings.find(name)
    if (known !== undefined && recall(exchange, known, options)) return 'lookup'
    const policy = toPolicy(exchange, policyOf(profile, options))
    const form = policy.translation
    if (bytes.length >= LARGE_BODY_BYTES) {
      const steps = readInSteps(bytes, endpoint, policy)
      const go = (question?: Question) => resolve(exchange, question && { question, form }, options)
      return takeInTurns(steps).then(go)
    }
    if (known !== undefined && known.form === form) return resolve(exchange, known, options)
    const question = readQuestion(bytes, endpoint, policy)
    const understood = question && { question, form }
    if (name !== undefined && understood !== undefined) understandings.keep(name, understood)
    return resolve(exchange, understood, options)
  }
}

/** The short way of bytes that had a key before: nothing of them is read or judged again. */
function recall(exchange: Exchange, known: Understanding, options: FingerprintOptions): boolean {
  if (exchange.directives !== NO_DIRECTIVES) return false
  const identity = findIdentity(known, options.registry)
  if (identity === undefined) return false
  exchange.question = known.question
  exchange.model = known.question.reading.model
  exchange.identity = identity
  exchange.understood = known
  return true
}

interface ResolveOptions extends FingerprintOptions {
  readonly variants: Variants
}

function resolve(
  exchange: Exchange,
  understood: Understanding | undefined,
  options: ResolveOptions,
): StepName | Promise<StepName> {
  if (understood === undefined) return bypass(exchange, 'ambiguous-body')
  const { question } = understood
  exchange.question = question
  exchange.model = question.reading.model
  const reason = refuse(exchange, question, options)
  if (reason !== undefined) return bypass(exchange, reason)
  const resolution = options.registry.resolve(question.reading.model)
  const { variants } = options
  const name = (found: Resolution) => identify(exchange, understood, { found, variants })
  return resolution instanceof Promise ? resolution.then(name) : name(resolution)
}

const NOTHING = Buffer.alloc(0)

/** A path with a query is sent as it is: nothing says what it would mean on another route. */
function toPolicy({ query }: Exchange, policy: Policy): Policy {
  return query === '' ? policy : { ...policy, translation: undefined }
}

/** What Reprise does not read is forwarded untouched; only the model's name is of interest, for the figures. */
function passUnread(exchange: Exchange, bytes: Buffer, endpoint: Endpoint): StepName {
  const document = readDocument(bytes, endpoint)
  exchange.model = document && readString(document, 'model')
  return bypass(exchange, 'route')
}

function bypass(exchange: Exchange, reason: BypassReason): StepName {
  exchange.outcome = { kind: 'bypass', reason }
  return 'join'
}

function isEncoded(exchange: Exchange): boolean {
  const encoding = exchange.request.headers['content-encoding']
  return encoding !== undefined && encoding.trim().toLowerCase() !== 'identity'
}

const PROFILE_HEADER = HEADER.profile.toLowerCase()

function readProfile(exchange: Exchange): string | undefined {
  const name = exchange.request.headers[PROFILE_HEADER]
  return Array.isArray(name) ? name[0] : name
}

function policyOf(profile: string | undefined, options: FingerprintOptions): Policy {
  const policy = options.policyFor(profile)
  if (policy !== undefined) return policy
  throw new RepriseError(
    'bad-request',
    `${HEADER.profile} names no profile of the configuration (profiles.<name>)`,
  )
}

function refuse(
  exchange: Exchange,
  question: Question,
  options: FingerprintOptions,
): BypassReason | undefined {
  if (options.cache === 'disabled') return 'disabled'
  if (exchange.directives.noStore) return 'no-store'
  if (exchange.query !== '' && exchange.endpoint?.query !== 'inert') return 'query'
  return question.bypass
}

/** Names become digests here, and a digest becomes a key; without one there is no key. */
function identify(
  exchange: Exchange,
  understood: Understanding,
  { found, variants }: { found: Resolution; variants: Variants },
): StepName | Promise<StepName> {
  switch (found.kind) {
    case 'known': {
      if (exchange.endpoint?.cached === 'vectors') return split(exchange, understood, found)
      const name = ({ key, parts, canonical }: Named): StepName => {
        const own = variants.next(key, understood.question.variants)
        exchange.identity = { key: own, model: found, parts, canonical }
        return 'lookup'
      }
      if (exchange.directives.noTransform) return name({ key: toRawKey(understood, found) })
      const { question } = understood
      if (question.document.bytes.length < LARGE_BODY_BYTES) {
        const { key, canonical } = toCommonKey(understood, found)
        // Whose turn it is among several answers is another matter each time.
        if (question.variants <= 1) understood.identity = { key, model: found }
        return name({ key, canonical })
      }
      return takeInTurns(toKeyAndParts(question, found)).then(name)
    }
    case 'remote':
      exchange.question = withoutTranslation(understood.question, exchange.path)
      return bypass(exchange, 'remote-model')
    case 'ambiguous':
      return bypass(exchange, 'ambiguous-name')
    case 'unknown':
    case 'unavailable':
      return bypass(exchange, 'digest-unknown')
  }
}

/** A key, and what an entry keeps of it, or that is made of, where it is there already. */
interface Named extends Pick<Identity, 'parts' | 'canonical'> {
  readonly key: Key
}

/** A longer canonical body is made again where there is an entry: it would take its room for as long as a run takes. */
const MAX_HELD_BYTES = 16 * 1024

/** An embedding request is as many questions as it has texts. */
function split(exchange: Exchange, { question }: Understanding, model: KnownModel): StepName {
  const batch = toBatch(question, exchange.path, model)
  if (batch === undefined) return bypass(exchange, 'route')
  exchange.batch = batch
  return 'vectors'
}

/** The key of exactly these bytes: a client may ask that nothing is taken for equal (RFC 10008, no-transform). */
function toRawKey({ question }: Understanding, { version, digest, dateStamp }: KnownModel): Key {
  const { route, document } = question
  const body = Buffer.concat([Buffer.from('raw '), document.bytes])
  return toKey({ partition: PARTITION, route, version, digest, dateStamp, body })
}

/** The key of these bytes for this model: made once, and again when any part of the model's identity moves. */
function toCommonKey(understood: Understanding, model: KnownModel): Named {
  const { named, question } = understood
  if (named !== undefined && isSame(named.model, model)) return { key: named.key }
  const { version, digest, dateStamp } = model
  const { route, document } = question
  const canonical = canonicalize(document)
  const key = toKey({ partition: PARTITION, route, version, digest, dateStamp, body: canonical })
  understood.named = { key, model }
  return canonical.length > MAX_HELD_BYTES ? { key } : { key, canonical }
}
