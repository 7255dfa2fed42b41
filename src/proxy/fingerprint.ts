import { RepriseError } from '../errors.ts'
import { HEADER } from '../http/headers.ts'
import type { KnownModel, ModelRegistry, Resolution } from '../models/registry.ts'
import { canonicalize } from '../ollama/canonical.ts'
import { readDocument, readString } from '../ollama/document.ts'
import type { Endpoint } from '../ollama/endpoints.ts'
import { toKey } from '../ollama/key.ts'
import { type Policy, type Question, readQuestion } from '../ollama/question.ts'
import type { BypassReason } from '../outcome.ts'
import type { Exchange, Step, StepName } from './exchange.ts'
import { PARTITION } from './partition.ts'

/** What the step needs of the rest. */
export interface FingerprintOptions {
  /** The rules of a profile, or the common ones without a name; undefined for an unknown profile. */
  policyFor(profile: string | undefined): Policy | undefined
  readonly cache: 'enabled' | 'disabled'
  readonly registry: Pick<ModelRegistry, 'resolve'>
}

/** Understands the body, puts the parameters in, and finds the key, or the reason why there is none. */
export function createFingerprintStep(options: FingerprintOptions): Step {
  return (exchange) => {
    const bytes = exchange.body.kind === 'whole' ? exchange.body.bytes : Buffer.alloc(0)
    const { endpoint } = exchange
    if (endpoint === undefined) return bypass(exchange, 'route')
    if (isEncoded(exchange)) return bypass(exchange, 'encoding')
    if (endpoint.injected === 'none') return passUnread(exchange, bytes, endpoint)
    const question = readQuestion(bytes, endpoint, policyOf(exchange, options))
    if (question === undefined) return bypass(exchange, 'ambiguous-body')
    exchange.question = question
    exchange.model = question.reading.model
    const reason = refuse(exchange, question, options)
    if (reason !== undefined) return bypass(exchange, reason)
    const resolution = options.registry.resolve(question.reading.model)
    if (resolution instanceof Promise) return resolution.then((found) => identify(exchange, found))
    return identify(exchange, resolution)
  }
}

/** The compatible routes are forwarded untouched; only the model's name is of interest, for the figures. */
function passUnread(exchange: Exchange, bytes: Buffer, endpoint: Endpoint): StepName {
  const document = readDocument(bytes, endpoint)
  exchange.model = document && readString(document, 'model')
  return bypass(exchange, 'route')
}

function bypass(exchange: Exchange, reason: BypassReason): StepName {
  exchange.outcome = { kind: 'bypass', reason }
  return 'record'
}

function isEncoded(exchange: Exchange): boolean {
  const encoding = exchange.request.headers['content-encoding']
  return encoding !== undefined && encoding.trim().toLowerCase() !== 'identity'
}

function policyOf(exchange: Exchange, options: FingerprintOptions): Policy {
  const name = exchange.request.headers[HEADER.profile.toLowerCase()]
  const profile = Array.isArray(name) ? name[0] : name
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
  if (exchange.query !== '') return 'query'
  return question.bypass
}

/** Names become digests here, and a digest becomes a key; without one there is no key. */
function identify(exchange: Exchange, resolution: Resolution): StepName {
  switch (resolution.kind) {
    case 'known':
      return address(exchange, resolution)
    case 'remote':
      return bypass(exchange, 'remote-model')
    case 'ambiguous':
      return bypass(exchange, 'ambiguous-name')
    case 'unknown':
    case 'unavailable':
      return bypass(exchange, 'digest-unknown')
  }
}

function address(exchange: Exchange, model: KnownModel): StepName {
  const document = exchange.question?.document
  if (document === undefined) return bypass(exchange, 'digest-unknown')
  const { version, digest, dateStamp } = model
  const body = canonicalize(document)
  const parts = { partition: PARTITION, route: exchange.path, version, digest, dateStamp, body }
  exchange.identity = { key: toKey(parts), model }
  return 'lookup'
}
