import type { BypassReason } from '../outcome.ts'
import { type Document, readDocument } from './document.ts'
import { type Endpoint, findEndpoint } from './endpoints.ts'
import { isEventRoute } from './frame-rules.ts'
import { type Injection, type InjectionRules, inject } from './inject.ts'
import { translateRequest } from './openai-requests.ts'
import type { OpenAiForm } from './openai-values.ts'
import { type Reading, readRequest } from './reuse.ts'
import { isDeterministic, judgeSampling, type SamplingRules } from './sampling.ts'
import type { Speech } from './speech.ts'
import { readUsageWish } from './usage-wish.ts'

/** The rules a request is read by: one set for each profile. */
export interface Policy {
  /** What is put into requests; undefined where injection is switched off. */
  readonly injection: InjectionRules | undefined
  readonly sampling: SamplingRules
  /** How many answers are kept for one question that leaves something to chance; one where undefined. */
  readonly variants?: number
  /** In whose form requests of OpenAI's routes are made native ones; undefined where they are not. */
  readonly translation?: OpenAiForm | undefined
}

/** What was understood of the body of an inference request. */
export interface Question {
  /** The body as it is sent, after injection. */
  readonly document: Document
  readonly reading: Reading
  /** What was put in, as `num_thread=6`; empty where nothing was. */
  readonly applied: readonly string[]
  /** The `num_predict` that Reprise put in or lowered; undefined where the client's own stands. */
  readonly cap: number | undefined
  /** Why it may not be answered from the cache; undefined where it may. */
  readonly bypass: BypassReason | undefined
  /** How many answers may be kept for it, and given in turn. */
  readonly variants: number
  /** The route it is sent on: not the client's where it was translated. */
  readonly route: string
  /** The body as the client sent it, before anything was put in or translated. */
  readonly askedDocument: Document
  /** How the client is answered; undefined on the native routes. */
  readonly speech: Speech | undefined
}

/**
 * Reads a body as Ollama will read it, puts the parameters in, and judges whether the answer may be
 * given again. Undefined where Ollama might read the body in another way than Reprise does.
 */
export function readQuestion(
  bytes: Buffer,
  endpoint: Endpoint,
  policy: Policy,
): Question | undefined {
  const steps = readInSteps(bytes, endpoint, policy)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** The same in steps of at most 30 ms for a body of 20 MB, so that others may have their turn between them. */
export function* readInSteps(
  bytes: Buffer,
  endpoint: Endpoint,
  policy: Policy,
): Generator<undefined, Question | undefined> {
  const asked = readDocument(bytes, endpoint)
  if (asked === undefined) return undefined
  yield
  const reading = readRequest(asked, endpoint)
  yield
  const translated = yield* translate(asked, endpoint, policy, reading)
  return translated ?? toQuestion(asked, endpoint, policy, reading)
}

/** The question as the native one that Ollama itself would have made of it, where it would and may be. */
function* translate(
  asked: Document,
  { path }: Endpoint,
  policy: Policy,
  { bypass, whole }: Reading,
): Generator<undefined, Question | undefined> {
  const form = policy.translation
  if (form === undefined || !isTranslated(bypass)) return undefined
  const native = translateRequest(path, asked, form)
  const endpoint = native && findEndpoint('POST', native.path)
  if (native === undefined || endpoint === undefined) return undefined
  yield
  const { body } = native
  yield
  const question = yield* readInSteps(body, endpoint, { ...policy, translation: undefined })
  if (question === undefined) return undefined
  // Ollama sends a temperature of 1 where the client named none: that is no wish for variety.
  const isUnwished = judgeSampling(asked, policy.sampling) === 'reusable'
  const own = {
    ...question,
    askedDocument: asked,
    reading: { ...question.reading, whole },
    bypass: question.bypass === 'temperature' && isUnwished ? undefined : question.bypass,
  }
  if (!isEventRoute(path)) return own
  return { ...own, speech: { route: path, document: asked, usage: toUsage(asked), form } }
}

/** What only loads the model, or asks for its prompt, concerns the same runner as any other run. */
function isTranslated(bypass: BypassReason | undefined): boolean {
  return bypass === undefined || bypass === 'load' || bypass === 'debug'
}

/** The question as the client sent it, where it must not be sent in other words or with anything put in. */
export function withoutTranslation(question: Question, path: string): Question {
  if (question.route === path) return question
  const { askedDocument: document } = question
  return { ...question, document, route: path, applied: [], cap: undefined, speech: undefined }
}

function toUsage(document: Document): Speech['usage'] {
  return readUsageWish(document) === 'shown' ? 'shown' : 'hidden'
}

function toSpeech(asked: Document, route: string): Speech | undefined {
  if (!isEventRoute(route)) return undefined
  return { route, document: asked, usage: toUsage(asked), form: undefined }
}

function toQuestion(
  asked: Document,
  endpoint: Endpoint,
  policy: Policy,
  reading: Reading,
): Question {
  const injection = injectAllowed(asked, policy, reading)
  // What is sent decides, not what was asked: a profile's temperature makes a request reusable.
  const variants = isDeterministic(injection.document) ? 1 : (policy.variants ?? 1)
  const verdict = judgeSampling(injection.document, policy.sampling)
  // Who asks for variety gets it from several kept answers, where there are several.
  const bypass = reading.bypass ?? (variants > 1 ? undefined : toBypass(verdict))
  const route = endpoint.path
  const speech = toSpeech(asked, route)
  const { document, applied, cap } = injection
  // Field by field: V8 makes what is put behind a spread by the slow way (8 µs in all for each request).
  return {
    document,
    reading,
    applied,
    cap,
    bypass,
    variants,
    route,
    askedDocument: asked,
    speech,
  }
}

function injectAllowed(asked: Document, policy: Policy, reading: Reading): Injection {
  if (policy.injection === undefined) return { document: asked, applied: [], cap: undefined }
  return inject(asked, reading.injected, policy.injection)
}

function toBypass(verdict: 'reusable' | 'temperature'): BypassReason | undefined {
  return verdict === 'reusable' ? undefined : verdict
}
